import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { Caller } from '../../../src/cli/caller/caller.ts';
import type { CallView } from '../../support/engine/api-client.ts';
import { type ConfigKeys, demoAgent } from '../../support/engine/engine-config.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { speech } from '../../support/engine/sound.ts';
import { within } from '../../support/engine/until.ts';
import { readMp3Frames } from '../../support/mp3.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';

const GREETING = 'Good day.';
const FAILURE_SENTENCE = 'Sorry, that did not work.';
const LONG_REPLY =
  'First I would like to tell you a very long story about the sea. It was a cold and windy night. Nobody was on the road. Then somebody knocked at the door.';
const SPEAK_MS = 8_000;
const ANSWER_MS = 15_000;
const QUIET_MS = 400;
const FAILED = { type: 'status', status: 500 } as const;

interface Message {
  readonly role: string;
  readonly content: string;
}

/** One call to an agent that lives on a scripted OpenAI. */
interface Conversation {
  readonly fake: FakeOpenAi;
  readonly running: RunningEngine;
  readonly caller: Caller;
  readonly callId: string;
}

/** Each has an engine of its own, and most of its time is spent listening. */
describe.concurrent('turns of a real call on a scripted OpenAI', () => {
  let question: Int16Array;
  let interruption: Int16Array;

  beforeAll(async () => {
    question = await speech('Can you tell me a story?');
    interruption = await speech('Stop, please, I have another question for you.');
  });

  /** Calls, and hears the greeting to its end. */
  async function begin(
    { onTestFinished }: TestContext,
    agent: ConfigKeys = {},
  ): Promise<Conversation> {
    const fake = await FakeOpenAi.start();
    onTestFinished(() => fake.stop());
    const openai = { apiKey: FAKE_OPENAI_KEY, baseUrl: fake.baseUrl };
    const running = await RunningEngine.start({
      providers: { openai },
      agents: {
        demo: demoAgent({
          firstSentence: GREETING,
          failureSentence: FAILURE_SENTENCE,
          voice: 'alloy',
          // A caller whose packets are late on a busy machine has not ended.
          endpointing: { minSilenceMs: 500, silenceMs: 800 },
          ...agent,
        }),
      },
    });
    onTestFinished(() => running.close());
    const caller = await Caller.call({
      ...running.remote,
      toUser: 'demo',
      fromUser: '+4930555',
    });
    await caller.hearsSpeech(0, SPEAK_MS);
    await caller.hearsSilence(QUIET_MS, SPEAK_MS);
    return { fake, running, caller, callId: await running.api.newest() };
  }

  /** The caller says it, and the agent answers. */
  async function ask({ caller }: Conversation, samples: Int16Array): Promise<void> {
    const said = await caller.say(samples);
    await caller.hearsSpeech(said.lastPacketMs, SPEAK_MS);
  }

  async function hangUp({ caller, running, callId }: Conversation): Promise<CallView> {
    await caller.hangUp();
    return running.api.ended(callId);
  }

  async function endedByAgent({ caller, running, callId }: Conversation): Promise<CallView> {
    await within(20_000, 'the engine hangs up', caller.ended);
    caller.close();
    return running.api.ended(callId);
  }

  test('what was said is transcribed, answered, and every step of it stamped', async (context) => {
    const call = await begin(context);
    await ask(call, question);
    await call.caller.hearsSilence(QUIET_MS, SPEAK_MS);
    const view = await hangUp(call);

    expect(said(view)).toEqual([
      `assistant: ${GREETING}`,
      'user: hello there',
      'assistant: Hello there. How can I help you?',
    ]);
    const stamps = stampsOf(view, 'reply');
    expect(stamps).toHaveLength(10);
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    expect(messages(call.fake)).toEqual([
      [
        expect.objectContaining({ role: 'system' }),
        { role: 'assistant', content: GREETING },
        { role: 'user', content: 'hello there' },
      ],
    ]);
    await expectRecording(view);
  });

  test('an interruption flushes the agent, and the model is told what was heard of it', async (context) => {
    const call = await begin(context);
    call.fake.chat.reply = () => ({ text: LONG_REPLY });
    await ask(call, question);
    const before = messages(call.fake).length;
    await ask(call, interruption);
    const asked = call.fake.until(() => messages(call.fake).length > before);
    await within(ANSWER_MS, 'the model is asked about the interruption', asked);
    const view = await hangUp(call);

    const [interrupted] = view.transcript.filter((each) => each.interrupted);
    const heard = interrupted?.text ?? '';
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.length).toBeLessThan(LONG_REPLY.length / 2);
    expect(LONG_REPLY.startsWith(heard.replace(/\W+$/, ''))).toBe(true);
    const assistant = messages(call.fake)[before]?.filter(({ role }) => role === 'assistant');
    expect(assistant?.map(({ content }) => content)).toEqual([GREETING, heard]);
    const [turn] = view.turns.filter((each) => each.barge_in?.outcome === 'flushed');
    const { onset_ms = 0, ducked_ms = 0, stopped_ms = 0, heard_ms } = turn?.barge_in ?? {};
    expect(heard_ms).toBeGreaterThan(0);
    expect(ducked_ms).toBeGreaterThan(onset_ms);
    expect(stopped_ms).toBeGreaterThan(ducked_ms);
  });

  test('end_call ends the call with a BYE when the farewell is over', async (context) => {
    const call = await begin(context);
    call.fake.chat.reply = () => ({
      text: 'Goodbye then.',
      toolCalls: [{ id: 'call_1', name: 'end_call', arguments: '{}' }],
    });
    await ask(call, question);
    const view = await endedByAgent(call);

    expect(view).toMatchObject({
      status: 'completed',
      end_reason: 'agent-ended',
      ended_by: 'agent',
    });
    expect(said(view).at(-1)).toBe('assistant: Goodbye then.');
    await expectRecording(view);
  });

  test('a stalled model is asked once more, then the agent says that it failed, and the call goes on', async (context) => {
    const call = await begin(context);
    call.fake.chatFaults.push({ type: 'stall', parts: 0 }, { type: 'stall', parts: 0 });
    await ask(call, question);
    await call.caller.hearsSilence(QUIET_MS, SPEAK_MS);
    const askedInVain = messages(call.fake).length;
    await ask(call, question);
    await call.caller.hearsSilence(QUIET_MS, SPEAK_MS);
    const view = await hangUp(call);

    expect(askedInVain).toBe(2);
    expect(said(view)).toEqual([
      `assistant: ${GREETING}`,
      'user: hello there',
      `assistant: ${FAILURE_SENTENCE}`,
      'user: hello there',
      'assistant: Hello there. How can I help you?',
    ]);
    expect(view.turns.find(({ kind }) => kind === 'failure')?.error).toBe('provider-timeout');
    expect(view).toMatchObject({ status: 'completed', end_reason: 'hangup' });
  });

  test('speech that fails once is asked for once more and nobody hears of it', async (context) => {
    const call = await begin(context);
    call.fake.speechFaults.push(FAILED);
    await ask(call, question);
    await call.caller.hearsSilence(QUIET_MS, SPEAK_MS);
    const view = await hangUp(call);

    expect(said(view).at(-1)).toBe('assistant: Hello there. How can I help you?');
    expect(view.turns.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test('a voice that is lost is stood in for by a built-in one, and the call goes on', async (context) => {
    const call = await begin(context);
    call.fake.speechFaults.push(FAILED, FAILED);
    await ask(call, question);
    await call.caller.hearsSilence(QUIET_MS, SPEAK_MS);
    const view = await hangUp(call);

    expect(said(view).at(-1)).toBe('assistant: Hello there. How can I help you?');
    expect(view.turns.map(({ kind }) => kind)).toEqual(['greeting', 'reply']);
  });

  test('speech that fails for good ends the call where the agent says so, with all that was kept', async (context) => {
    // The built-in voices speak no German.
    const call = await begin(context, { onProviderFailure: 'end-call', language: 'de-DE' });
    call.fake.speechFaults.push(...Array.from({ length: 8 }, () => FAILED));
    await call.caller.say(question);
    const view = await endedByAgent(call);

    expect(view).toMatchObject({
      status: 'failed',
      call_status: 'failed',
      end_reason: 'provider-failed',
      ended_by: 'system',
    });
    expect(said(view)).toEqual([`assistant: ${GREETING}`, 'user: hello there']);
    await expectRecording(view);
  });

  test('a recogniser that is lost twice: the agent says so and the call ends by policy', async (context) => {
    const call = await begin(context, { onProviderFailure: 'end-call' });
    call.fake.transcription.answer = () => ({ type: 'drop' });
    await ask(call, question);
    const view = await endedByAgent(call);

    expect(view).toMatchObject({ status: 'failed', end_reason: 'provider-failed' });
    expect(said(view)).toEqual([`assistant: ${GREETING}`, `assistant: ${FAILURE_SENTENCE}`]);
    expect(call.fake.connections).toBe(2);
    await expectRecording(view);
  });

  test('a recogniser that is lost once hears the same speech again', async (context) => {
    const call = await begin(context);
    call.fake.transcription.answer = (commit) =>
      commit === 0 ? { type: 'drop' } : { type: 'final', text: 'hello again' };
    await ask(call, question);
    await call.caller.hearsSilence(QUIET_MS, SPEAK_MS);
    const view = await hangUp(call);

    expect(said(view)).toContain('user: hello again');
    expect(view.end_reason).toBe('hangup');
  });
});

/** Packets that were late on a busy machine cut one utterance in two, and the recogniser answers each. */
const TWICE = /^(.+)( \1)+$/;

function said(view: CallView): readonly string[] {
  return view.transcript.map(({ user, text }) => `${user}: ${text.replace(TWICE, '$1')}`);
}

/** The messages of each request to the language model. */
function messages(fake: FakeOpenAi): readonly (readonly Message[])[] {
  return fake.exchanges
    .filter(({ endpoint }) => endpoint === 'chat')
    .map(({ body: { messages: each } }) => each as readonly Message[]);
}

/** Those of a turn that must follow each other. */
function stampsOf(view: CallView, kind: string): readonly number[] {
  const turn = view.turns.find((each) => each.kind === kind);
  return [
    turn?.caller_speech_start_ms,
    turn?.caller_speech_end_ms,
    turn?.transcript_final_ms,
    turn?.endpoint_ms,
    turn?.llm_request_ms,
    turn?.llm_first_token_ms,
    turn?.first_sentence_ms,
    turn?.tts_first_byte_ms,
    turn?.first_packet_out_ms,
    turn?.playout_end_ms,
  ].filter((stamp) => stamp !== undefined);
}

async function expectRecording(view: CallView): Promise<void> {
  const response = await fetch(view.recording_url ?? '');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('audio/mpeg');
  const mp3 = readMp3Frames(Buffer.from(await response.arrayBuffer()));
  expect(mp3).toMatchObject({ sampleRateHz: 8_000, channels: 2 });
  expect(mp3.durationMs).toBeGreaterThan(view.duration * 60_000 * 0.9);
}
