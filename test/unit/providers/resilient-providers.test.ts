import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { FLITE_VOICES } from '../../../src/providers/flite/flite-voices.ts';
import { OPENAI_VOICES } from '../../../src/providers/openai/openai-voices.ts';
import {
  resilientLlm,
  resilientStt,
  resilientTts,
} from '../../../src/providers/resilient-providers.ts';
import type {
  LanguageModel,
  LlmRequest,
  SpeechToText,
  SttListener,
  TextToSpeech,
  TtsRequest,
} from '../../../src/voice/ports.ts';
import { collect } from '../../support/providers/collect.ts';

const BUDGET = { firstEventMs: 1_000, stallMs: 1_000 };
const REFUSED = new TrunklineError('provider-rejected', 'no');
const LOST = new TrunklineError('provider-unreachable', 'gone');
const signal = new AbortController().signal;

describe('a resilient model', () => {
  test('asks the fallback without the model named for the first', async () => {
    const asked: LlmRequest[] = [];
    const primary: LanguageModel = {
      name: 'a',
      async *reply() {
        yield* [];
        throw REFUSED;
      },
    };
    const fallback: LanguageModel = {
      name: 'b',
      async *reply(request) {
        asked.push(request);
        yield { type: 'text', delta: 'hi' };
      },
    };
    const llm = resilientLlm(primary, BUDGET, fallback);
    const request = { messages: [], tools: [], model: 'gpt-x', temperature: 1 };
    const events = await collect(llm.reply(request, signal));
    expect(llm.name).toBe('a');
    expect(events).toEqual([{ type: 'text', delta: 'hi' }]);
    expect(asked).toEqual([{ messages: [], tools: [], temperature: 1 }]);
  });
});

describe('a resilient voice', () => {
  test('speaks with the fallback’s most similar voice', async () => {
    const asked: TtsRequest[] = [];
    const primary: TextToSpeech = {
      name: 'a',
      voices: OPENAI_VOICES,
      async *synthesize() {
        yield* [];
        throw REFUSED;
      },
    };
    const fallback: TextToSpeech = {
      name: 'b',
      voices: FLITE_VOICES,
      async *synthesize(request) {
        asked.push(request);
        yield { samples: new Int16Array(1), sampleRateHz: 8_000 };
      },
    };
    const tts = resilientTts(primary, BUDGET, { tts: fallback, speaks: () => true });
    const frames = await collect(tts.synthesize({ text: 'hi', voice: 'onyx' }, signal));
    expect(frames).toHaveLength(1);
    expect(asked).toEqual([{ text: 'hi', voice: 'rms' }]);
    expect(tts.voices).toBe(OPENAI_VOICES);
  });
});

describe('the time a request gives', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([1_200, 6_000])('%i ms is for both attempts together', async (firstAnswerWithinMs) => {
    vi.useFakeTimers();
    const startMs = performance.now();
    const askedMs: number[] = [];
    const dead: LanguageModel = {
      name: 'a',
      async *reply() {
        askedMs.push(performance.now() - startMs);
        await new Promise(() => undefined);
        yield { type: 'done' };
      },
    };
    const request = { messages: [], tools: [], firstAnswerWithinMs };
    const ended = collect(resilientLlm(dead).reply(request, signal)).catch((error) => error);
    await vi.runAllTimersAsync();

    expect(await ended).toMatchObject({ code: 'provider-timeout' });
    expect(performance.now() - startMs).toBeCloseTo(firstAnswerWithinMs, 0);
    expect(askedMs).toHaveLength(2);
    expect(askedMs[1]).toBeCloseTo((firstAnswerWithinMs * 2) / 3, 0);
  });
});

describe('a voice with a fallback', () => {
  let asked: string[];
  let outcomes: ('ok' | 'cut' | 'hang' | TrunklineError)[];

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    outcomes = [];
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const FRAME = { samples: new Int16Array(1), sampleRateHz: 8_000 };

  function create(): TextToSpeech {
    const speaker = (name: string, outcome: () => (typeof outcomes)[number]): TextToSpeech => ({
      name,
      voices: name === 'a' ? OPENAI_VOICES : FLITE_VOICES,
      async *synthesize() {
        asked.push(name);
        const next = outcome();
        if (next === 'hang') await new Promise(() => undefined);
        if (next instanceof TrunklineError) throw next;
        yield FRAME;
        if (next === 'cut') throw LOST;
      },
    });
    return resilientTts(
      speaker('a', () => outcomes.shift() ?? 'ok'),
      undefined,
      {
        tts: speaker('b', () => 'ok'),
        speaks: (language) => language === 'en',
        prepare: () => asked.push('prepare'),
      },
    );
  }

  async function say(tts: TextToSpeech, language = 'en'): Promise<string> {
    asked = [];
    const request = { text: 'hi', voice: 'onyx', language };
    const ended = collect(tts.synthesize(request, signal)).then(
      () => 'ok',
      (error: TrunklineError) => error.code,
    );
    // Not all timers: what is meant to be over later must not be over now.
    await vi.advanceTimersByTimeAsync(3_000);
    return [...asked, await ended].join(' ');
  }

  test('gets ready at the retry, takes over after it and speaks alone for half a minute', async () => {
    const tts = create();
    outcomes = ['hang', 'hang'];
    expect(await say(tts)).toBe('a prepare a b ok');
    expect(await say(tts)).toBe('b ok');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await say(tts)).toBe('a ok');
  });

  test('is not needed when the retry heals it', async () => {
    const tts = create();
    outcomes = [LOST];
    expect(await say(tts)).toBe('a prepare a ok');
    expect(await say(tts)).toBe('a ok');
  });

  test('takes over at once from one that refuses, sentence by sentence', async () => {
    const tts = create();
    outcomes = [REFUSED];
    expect(await say(tts)).toBe('a b ok');
    expect(await say(tts)).toBe('a ok');
  });

  test('speaks after a sentence that broke off, which is not begun again', async () => {
    const tts = create();
    outcomes = ['cut'];
    expect(await say(tts)).toBe('a provider-unreachable');
    expect(await say(tts)).toBe('b ok');
  });

  test('is not asked for a language it does not speak', async () => {
    const tts = create();
    outcomes = [LOST, LOST];
    expect(await say(tts, 'de')).toBe('a a provider-unreachable');
    expect(await say(tts, 'de')).toBe('a ok');
  });
});

class ScriptedStt implements SpeechToText {
  readonly name: string;
  readonly calls: string[] = [];
  listener: SttListener | undefined;

  constructor(name: string) {
    this.name = name;
  }

  open(_options: { readonly sampleRateHz: 8000 }, listener: SttListener) {
    this.listener = listener;
    return {
      write: (samples: Int16Array) => this.calls.push(`write ${samples.length}`),
      speechStarted: (atMs: number) => this.calls.push(`started ${atMs}`),
      speechEnded: (atMs: number) => this.calls.push(`ended ${atMs}`),
      close: () => this.calls.push('close'),
    };
  }
}

describe('a resilient recogniser', () => {
  function open() {
    const first = new ScriptedStt('a');
    const second = new ScriptedStt('b');
    const heard: string[] = [];
    const stream = resilientStt(first, second).open(
      { sampleRateHz: 8_000 },
      {
        onInterim: ({ text }) => heard.push(`interim ${text}`),
        onFinal: ({ text }) => heard.push(`final ${text}`),
        onError: ({ code }) => heard.push(code),
      },
    );
    return { first, second, heard, stream };
  }

  test('goes on with the second, in the middle of speech too', () => {
    const { first, second, heard, stream } = open();
    stream.write(new Int16Array(160));
    stream.speechStarted(monotonicMs(5));
    first.listener?.onInterim({ text: 'one' });
    first.listener?.onError(REFUSED);
    stream.write(new Int16Array(80));
    stream.speechEnded(monotonicMs(9));
    second.listener?.onFinal({ text: 'two' });
    stream.close();
    expect(first.calls).toEqual(['write 160', 'started 5']);
    expect(second.calls).toEqual(['started 5', 'write 80', 'ended 9', 'close']);
    expect(heard).toEqual(['interim one', 'final two']);
  });

  test('is lost with the second', () => {
    const { first, second, heard, stream } = open();
    first.listener?.onError(REFUSED);
    second.listener?.onError(REFUSED);
    stream.write(new Int16Array(160));
    expect(heard).toEqual(['provider-rejected']);
  });

  test('opens nothing after close', () => {
    const { first, second, heard, stream } = open();
    stream.close();
    first.listener?.onError(REFUSED);
    expect(second.listener).toBeUndefined();
    expect(heard).toEqual([]);
  });
});
