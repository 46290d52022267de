import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallInput } from '../../../src/call/call-io.ts';
import { CallVoice } from '../../../src/io/call-voice.ts';
import { monotonicClock } from '../../../src/io/monotonic-clock.ts';
import { type ChosenProviders, chooseProviders } from '../../../src/providers/registry.ts';
import type { AgentSpec } from '../../../src/voice/agent-spec.ts';
import { TurnEngine } from '../../../src/voice/turn-engine.ts';
import type { TurnInput, TurnOutput } from '../../../src/voice/turn-io.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';

const { now } = monotonicClock;
const FAILURE = 'Sorry, something broke.';

/** The turn engine, the driver and the real provider clients; only the telephone is missing. */
class Conversation {
  readonly #outputs: TurnOutput[] = [];
  readonly #engine: TurnEngine;
  readonly #voice: CallVoice;
  #waiting: (() => void)[] = [];
  #disarm: () => void = () => {};

  constructor(providers: ChosenProviders, changes: Partial<AgentSpec>) {
    const agent = turnAgent(changes);
    this.#engine = new TurnEngine({ agent }, now());
    this.#voice = new CallVoice(providers, agent, (input) => this.#answer(input));
    this.#tell({ type: 'start' });
  }

  say(text: string): void {
    this.#tell({ type: 'stt-final', transcript: { text } });
  }

  /** The first output of that kind, now or when it comes. */
  async output<T extends TurnOutput['type']>(
    type: T,
    isIt: (output: Extract<TurnOutput, { type: T }>) => boolean = () => true,
  ): Promise<Extract<TurnOutput, { type: T }>> {
    while (true) {
      for (const output of this.#outputs) {
        const found = output as Extract<TurnOutput, { type: T }>;
        if (output.type === type && isIt(found)) return found;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  of<T extends TurnOutput['type']>(type: T): readonly TurnOutput[] {
    return this.#outputs.filter((output) => output.type === type);
  }

  close(): void {
    this.#tell({ type: 'stop' });
    this.#disarm();
    this.#voice.close();
  }

  #answer(input: CallInput): void {
    if (input.type === 'voice') this.#tell(input.input);
  }

  #tell(input: TurnInput): void {
    this.#engine.handleInput(input, now());
    this.#settle();
  }

  #settle(): void {
    for (let out = this.#engine.pollOutput(); out; out = this.#engine.pollOutput()) {
      this.#outputs.push(out);
      if (/^(llm|tts)-/.test(out.type)) this.#voice.handleCommand(out as never);
      if (out.type === 'playout-finish') this.#play(out.playoutId);
    }
    this.#disarm();
    const deadline = this.#engine.pollTimeout();
    if (deadline !== undefined) {
      this.#disarm = monotonicClock.schedule(deadline, () => {
        this.#engine.handleTimeout(now());
        this.#settle();
      });
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Heard in no time. */
  #play(playoutId: number): void {
    setImmediate(() => {
      this.#tell({ type: 'playout-started', playoutId, atMs: now() });
      const ended = { type: 'playout-ended', playoutId, atMs: now(), playedMs: 60_000 } as const;
      this.#tell({ ...ended, reason: 'completed' });
    });
  }
}

let server: FakeOpenAi;
let providers: ChosenProviders;
let call: Conversation | undefined;

beforeEach(async () => {
  server = await FakeOpenAi.start();
  providers = chooseProviders({
    stt: 'sandbox',
    llm: 'openai',
    tts: 'openai',
    openai: { apiKey: FAKE_OPENAI_KEY, baseUrl: server.baseUrl },
  });
});

afterEach(async () => {
  call?.close();
  await providers.close();
  await server.stop();
});

function begin(changes: Partial<AgentSpec> = {}): Conversation {
  const { timeouts } = turnAgent();
  const quick = { ...timeouts, llmFirstTokenMs: 600, ttsFirstByteMs: 2_400 };
  call = new Conversation(providers, { timeouts: quick, ...changes });
  return call;
}

function requests(endpoint: 'chat' | 'speech'): readonly unknown[] {
  return server.exchanges.filter((exchange) => exchange.endpoint === endpoint);
}

const FAULTS = [
  { type: 'status', status: 503 },
  { type: 'reset', parts: 0 },
  { type: 'stall', parts: 0 },
] as const;

describe('a turn whose model', () => {
  test.each(FAULTS)('is dead (%j) sees two requests, then the failure is told', async (fault) => {
    server.chatFaults.push(fault, fault);
    const conversation = begin();
    conversation.say('Hello?');
    await conversation.output('turn', ({ trace }) => trace.kind === 'failure');

    expect(requests('chat')).toHaveLength(2);
    expect(conversation.of('provider-error')).toHaveLength(1);
    expect(conversation.of('transcript')).toMatchObject([{ text: 'Hello?' }, { text: FAILURE }]);
  });

  test.each(FAULTS)('fails once (%j) is answered, and the trace knows no error', async (fault) => {
    server.chatFaults.push(fault);
    const conversation = begin();
    conversation.say('Hello?');
    const { trace } = await conversation.output('turn');

    expect(trace.error).toBeUndefined();
    expect(requests('chat')).toHaveLength(2);
    expect(conversation.of('llm-start')).toHaveLength(1);
  });

  test('refuses is asked once', async () => {
    server.chatFaults.push({ type: 'status', status: 401 });
    const conversation = begin();
    conversation.say('Hello?');
    await conversation.output('turn', ({ trace }) => trace.kind === 'failure');

    expect(requests('chat')).toHaveLength(1);
  });

  test('breaks off after its first word is not asked again', async () => {
    server.chatFaults.push({ type: 'end', parts: 2 });
    const conversation = begin();
    conversation.say('Hello?');
    await conversation.output('turn', ({ trace }) => trace.kind === 'failure');

    expect(requests('chat')).toHaveLength(1);
  });
});

describe('a greeting whose voice', () => {
  test.each(FAULTS)('is dead (%j) is spoken by Flite all the same', async (fault) => {
    server.speechFaults.push(fault, fault);
    const conversation = begin({ firstSentence: 'Good morning.', voice: 'coral' });
    const { trace } = await conversation.output('turn');

    expect(trace).toMatchObject({ kind: 'greeting' });
    expect(trace.error).toBeUndefined();
    expect(requests('speech')).toHaveLength(2);
    const { audio } = await conversation.output('playout-write');
    expect(audio.sampleRateHz).toBe(16_000);
  });

  test('stalls in the middle is not begun again: Flite tells the failure', async () => {
    server.speechFaults.push({ type: 'stall', parts: 1 });
    server.speech.audio = () => new Int16Array(24_000);
    const conversation = begin({ firstSentence: 'Good morning.', voice: 'coral' });
    const { trace } = await conversation.output('turn', (turn) => turn.trace.kind === 'failure');

    expect(trace.error).toBe('provider-timeout');
    expect(requests('speech')).toHaveLength(1);
    expect(conversation.of('transcript').at(-1)).toMatchObject({ text: FAILURE });
  });

  test('is dead in a language that Flite does not speak: two requests for each sentence, no sound', async () => {
    const dead = { type: 'status', status: 503 } as const;
    server.speechFaults.push(dead, dead, dead, dead);
    const onProviderFailure = 'end-call';
    const german = {
      firstSentence: 'Guten Morgen.',
      language: 'de-DE',
      onProviderFailure,
    } as const;
    const conversation = begin(german);
    const { reason } = await conversation.output('hang-up');

    expect(reason).toBe('provider-failed');
    expect(requests('speech')).toHaveLength(4);
    expect(conversation.of('playout-write')).toEqual([]);
  });
});
