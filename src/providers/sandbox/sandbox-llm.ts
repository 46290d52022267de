import { type PcmFrame, pcmDurationMs } from '../../audio/pcm-frame.ts';
import type {
  ConversationMessage,
  LanguageModel,
  LlmEvent,
  LlmRequest,
} from '../../voice/ports.ts';
import { abortedError } from '../provider-error.ts';

const INTRODUCTION =
  'I am a sandbox without a speech recognizer and without a language model, so I play back what you say. Press nine to hang up. ';
const FAREWELL = 'You pressed nine. Goodbye. ';
const END_CALL = 'end_call';

const DIGIT_WORDS: Readonly<Record<string, string>> = {
  '0': 'zero',
  '1': 'one',
  '2': 'two',
  '3': 'three',
  '4': 'four',
  '5': 'five',
  '6': 'six',
  '7': 'seven',
  '8': 'eight',
  '9': 'nine',
  '*': 'star',
  '#': 'pound',
};

/** Digits in the words of the turn engine: `[pressed 12#]`. */
const PRESSED = /\[pressed ([0-9A-D*#]{1,64})\]/i;
const MAX_REPEATED_CHARS = 500;

type UserMessage = Extract<ConversationMessage, { role: 'user' }>;

/**
 * Stands in for a language model where none is configured: plays the caller's own words back, reads pressed digits out, hangs up on
 * nine. What it is, it says in its first answer.
 */
export class SandboxLlm implements LanguageModel {
  readonly name = 'sandbox';

  async *reply(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmEvent> {
    for (const event of answer(request)) {
      if (signal.aborted) throw abortedError('sandbox language model');
      yield event;
    }
  }
}

function* answer(request: LlmRequest): Generator<LlmEvent> {
  const last = request.messages.at(-1);
  if (last?.role === 'user') yield* answerTo(last, request);
  yield { type: 'done' };
}

function* answerTo(message: UserMessage, request: LlmRequest): Generator<LlmEvent> {
  const digits = PRESSED.exec(message.content)?.[1];
  const mayHangUp = request.tools.some((tool) => tool.name === END_CALL);
  if (digits?.includes('9') && mayHangUp) {
    yield* words(FAREWELL);
    yield { type: 'tool-call', call: { id: 'sandbox_end_call', name: END_CALL, arguments: {} } };
    return;
  }
  if (isFirstAnswer(request.messages)) yield* words(INTRODUCTION);
  if (digits !== undefined) yield* words(`You pressed ${spelledOut(digits)}. `);
  else if (message.audio) yield* playBack(message.audio);
  else yield* words(repeatedWords(message.content));
}

function* playBack(audio: PcmFrame): Generator<LlmEvent> {
  const seconds = (pcmDurationMs(audio) / 1_000).toFixed(1);
  yield* words('You said: ');
  yield { type: 'audio', audio, text: `[the caller's own ${seconds} seconds]` };
  yield* words(`That was ${seconds} seconds. `);
}

/** Words come only from a real recogniser. */
function repeatedWords(content: string): string {
  const heard = content.trim().slice(0, MAX_REPEATED_CHARS);
  return heard === '' ? 'I heard nothing. ' : `You said: ${heard} `;
}

function* words(text: string): Generator<LlmEvent> {
  for (const delta of text.match(/\S+\s*/g) ?? []) yield { type: 'text', delta };
}

function spelledOut(digits: string): string {
  return [...digits].map((digit) => DIGIT_WORDS[digit] ?? digit.toUpperCase()).join(', ');
}

/** A greeting comes before anything the caller says, an answer after. */
function isFirstAnswer(messages: readonly ConversationMessage[]): boolean {
  const firstUser = messages.findIndex((message) => message.role === 'user');
  return !messages.slice(firstUser).some((message) => message.role === 'assistant');
}
