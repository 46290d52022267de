import { z } from 'zod';
import { name, numberBetween, text, wholeNumber } from './fields.ts';
import { speechThresholds } from './speech-thresholds.ts';

/** Keys of one agent. What is left out is filled in by `agents/`, which owns the defaults. */

const endpointing = z
  .strictObject({
    silenceMs: wholeNumber(100, 10_000)
      .exactOptional()
      .describe('The turn ends after this much silence without a final transcript.'),
    minSilenceMs: wholeNumber(0, 10_000)
      .exactOptional()
      .describe('With a final transcript, the turn ends after this much silence.'),
    transcriptWaitMs: wholeNumber(0, 30_000)
      .exactOptional()
      .describe('How long a missing transcript is waited for before the turn counts as noise.'),
  })
  .refine((value) => (value.minSilenceMs ?? 0) <= (value.silenceMs ?? 10_000), {
    path: ['minSilenceMs'],
    message: 'must not be more than silenceMs',
  });

const bargeIn = z.strictObject({
  enabled: z
    .boolean('expected true or false')
    .exactOptional()
    .describe('Whether the caller may interrupt the agent.'),
  flushAfterMs: wholeNumber(0, 10_000)
    .exactOptional()
    .describe('Speech of this length ends what the agent was saying, even without words.'),
  resumeAfterMs: wholeNumber(0, 10_000)
    .exactOptional()
    .describe('After this long without words the paused agent goes on.'),
});

const timeouts = z.strictObject({
  silenceMs: wholeNumber(1_000, 3_600_000)
    .exactOptional()
    .describe('The call ends when nobody speaks for this long.'),
  maxDurationMs: wholeNumber(1_000, 7_200_000)
    .exactOptional()
    .describe('The call ends after this long.'),
  llmFirstTokenMs: wholeNumber(100, 60_000)
    .exactOptional()
    .describe('How long the language model may take to its first token.'),
  ttsFirstByteMs: wholeNumber(100, 60_000)
    .exactOptional()
    .describe('How long the synthesiser may take to its first audio.'),
});

const background = z.strictObject({
  sound: z
    .enum(
      ['office', 'cafe', 'street', 'call_center', 'keyboard'],
      'expected office, cafe, street, call_center or keyboard',
    )
    .describe('`office`, `cafe`, `street`, `call_center` or `keyboard`.'),
  level: z
    .enum(['low', 'medium', 'high'], 'expected low, medium or high')
    .default('medium')
    .describe('`low`, `medium` or `high`: −46, −40 or −34 dBFS.'),
});

const listening = z.strictObject({
  ...speechThresholds,
  endFrames: wholeNumber(1, 30)
    .exactOptional()
    .describe('Silent frames of 32 ms in a row that end speech.'),
  duckDb: numberBetween(-60, 0)
    .exactOptional()
    .describe('Attenuation of the agent at the first sign of speech; 0 = none.'),
  reflexThreshold: numberBetween(0.05, 0.99)
    .exactOptional()
    .describe('Speech probability at which the agent is attenuated; left out, `onThreshold`.'),
  reflexFrames: wholeNumber(1, 20)
    .exactOptional()
    .describe('Frames in a row at that probability; left out, one.'),
});

const agentSchema = z.strictObject({
  instructions: text(100_000).describe('System prompt.'),
  firstSentence: text(2_000)
    .exactOptional()
    .describe('Spoken first. Left out, the caller speaks first.'),
  language: z
    .string('expected a language tag such as en-US')
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a language tag such as en-US')
    .exactOptional()
    .describe('BCP 47 language tag.'),
  voice: text(100)
    .exactOptional()
    .describe('Voice; one that the synthesiser does not have is replaced by one it has.'),
  model: text(200).exactOptional().describe('Language model; left out, the provider’s default.'),
  temperature: numberBetween(0, 2).exactOptional().describe('Sampling temperature of the model.'),
  endpointing: endpointing.exactOptional().describe('When the caller’s turn is over.'),
  bargeIn: bargeIn.exactOptional().describe('What an interruption does.'),
  background: background.exactOptional().describe('Sound behind the agent.'),
  listening: listening
    .exactOptional()
    .describe('What counts as speech, where it differs from `media.vad` and `media.duckDb`.'),
  timeouts: timeouts.exactOptional().describe('Limits of waiting and of the whole call.'),
  failureSentence: text(2_000).exactOptional().describe('Said when a provider failed for good.'),
  onProviderFailure: z
    .enum(['continue', 'end-call'], 'expected continue or end-call')
    .exactOptional()
    .describe('What follows the failure sentence: `continue` or `end-call`.'),
  record: z.boolean('expected true or false').exactOptional().describe('Record the call.'),
  earlyMedia: z
    .boolean('expected true or false')
    .exactOptional()
    .describe('Speak the first sentence before the call is answered (183 with SDP).'),
  acceptsRefer: z
    .boolean('expected true or false')
    .exactOptional()
    .describe('Whether the far end may transfer the agent to another number (REFER).'),
  answerHeaders: z
    .record(
      z.string().regex(/^[Xx]-[A-Za-z0-9-]{1,60}$/, 'expected the name of an X- header'),
      text(1_000),
      'expected headers by name',
    )
    .exactOptional()
    .describe('X- headers of the 200 to an incoming call.'),
});

export const agentsSchema = z.record(name, agentSchema, 'expected agents by name');
