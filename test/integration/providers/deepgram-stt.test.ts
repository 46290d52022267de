import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeepgramStt } from '../../../src/providers/deepgram/deepgram-stt.ts';
import { FAKE_DEEPGRAM_KEY, FakeDeepgram } from '../../support/providers/fake-deepgram.ts';
import { SttProbe } from '../../support/providers/stt-probe.ts';

const LIMITS = {
  connectTimeoutMs: 300,
  retryDelayMs: 10,
  pingIntervalMs: 10_000,
  maxLogBytes: 64_000,
  provenAfterMs: 10_000,
};
const BYTES_PER_MS = 16;
const PRE_ROLL_MS = 400;

let server: FakeDeepgram;
let probe: SttProbe;

beforeEach(async () => {
  server = await FakeDeepgram.start();
});

afterEach(async () => {
  probe.close();
  await server.until(() => server.openWebsockets === 0);
  await server.stop();
});

interface Opening {
  readonly apiKey?: string;
  readonly language?: string;
  readonly sampleRateHz?: 16_000;
}

function open(options: Opening = {}): SttProbe {
  const { apiKey = FAKE_DEEPGRAM_KEY, language } = options;
  const stt = new DeepgramStt({ apiKey, baseUrl: server.baseUrl, limits: LIMITS });
  probe = new SttProbe(stt, language, options.sampleRateHz);
  return probe;
}

describe('live transcription over a websocket', () => {
  test('speech becomes interim words and a final transcript', async () => {
    server.options.interim = 'hel';
    open().say(600);
    expect(await probe.finals(1)).toEqual(['hello there']);
    expect(probe.interims).toEqual(['hel']);
    expect(probe.transcripts[0]?.confidence).toBe(0.98);
  });

  test('asks for what the phone gives', async () => {
    open({ language: 'de' }).say(200);
    await probe.finals(1);
    expect(server.log.queries[0]).toMatchObject({
      encoding: 'linear16',
      sample_rate: '8000',
      channels: '1',
      interim_results: 'true',
      language: 'de',
      model: 'nova-3',
    });
  });

  test('hears wideband audio as it is', async () => {
    open({ sampleRateHz: 16_000 }).say(500);
    await probe.finals(1);
    expect(server.log.queries[0]).toMatchObject({ sample_rate: '16000' });
    expect(server.log.audioBytes).toBe(500 * 2 * BYTES_PER_MS);
  });

  test('sends the speech with its run-up, and no silence besides', async () => {
    open();
    probe.hush(2_000);
    probe.say(500);
    probe.hush(2_000);
    await probe.finals(1);
    expect(server.log.audioBytes).toBe((PRE_ROLL_MS + 500) * BYTES_PER_MS);
    expect(server.log.audioMessages).toBe(1 + Math.ceil(500 / 40));
    expect(server.log.messages).toEqual(['Finalize']);
  });

  test('several segments are one final', async () => {
    server.options.answer = () => ({ type: 'segments', texts: ['my number is', '', '1 2 3'] });
    open().say(600);
    expect(await probe.finals(1)).toEqual(['my number is 1 2 3']);
    expect(probe.interims).toEqual(['my number is', 'my number is']);
  });

  test('a pause that Deepgram hears first gives the final first, and no empty one after it', async () => {
    server.options.finalOn = 'silence';
    const stretches = ['first', 'second'];
    server.options.answer = (speech) => ({ type: 'final', text: stretches[speech] ?? '' });
    open();
    probe.begin(300);
    expect(await probe.finals(1)).toEqual(['first']);
    probe.end();
    await server.until(() => server.log.finals.length === 2);
    probe.say(300);
    expect(await probe.finals(2)).toEqual(['first', 'second']);
  });

  test('noise is an empty final', async () => {
    server.options.answer = () => ({ type: 'final', text: '' });
    open().say(200);
    expect(await probe.finals(1)).toEqual(['']);
  });

  test('a Finalize that is not answered is given up after a second', async () => {
    server.options.answer = () => ({ type: 'silent' });
    server.options.interim = 'so far';
    open().say(200);
    expect(await probe.finals(1)).toEqual(['so far']);
  });

  test('close says so', async () => {
    open().say(200);
    await probe.finals(1);
    probe.close();
    probe.close();
    await server.until(() => server.log.closed === 1);
    expect(server.log.messages.at(-1)).toBe('CloseStream');
    probe.say(200);
    expect(probe.errors).toEqual([]);
  });
});

describe('a live transcription that loses its connection', () => {
  test.each([
    { type: 'close', code: 1006 },
    { type: 'close', code: 1011 },
    { type: 'malformed' },
  ] as const)('%j: is connected again and the speech is sent again', async (fault) => {
    server.options.answer = (speech) => (speech === 0 ? fault : { type: 'final', text: 'again' });
    open().say(300);
    expect(await probe.finals(1)).toEqual(['again']);
    expect(server.connections).toBe(2);
    expect(server.log.audioBytes).toBe(2 * 300 * BYTES_PER_MS);
  });

  test('twice in a row is lost for good', async () => {
    server.options.answer = () => ({ type: 'close', code: 1006 });
    open().say(300);
    expect(await probe.error()).toMatchObject({ code: 'provider-unreachable' });
    expect(server.connections).toBe(2);
  });

  test('a policy violation is final (RFC 6455 7.4.1)', async () => {
    server.options.answer = () => ({ type: 'close', code: 1008 });
    open().say(300);
    expect(await probe.error()).toMatchObject({ code: 'provider-rejected' });
    expect(server.connections).toBe(1);
  });

  test('a wrong key is final', async () => {
    open({ apiKey: 'dg-wrong' });
    expect(await probe.error()).toMatchObject({
      code: 'provider-rejected',
      message: 'deepgram transcription: HTTP 401',
    });
  });
});

describe('the server the bench measures with', () => {
  test('records when the last speech came and when the final went', async () => {
    server.options.finalOn = 'silence';
    server.options.finalDelayMs = 60;
    server.options.jitterMs = 10;
    open();
    for (let round = 1; round <= 3; round++) {
      probe.say(100);
      await probe.finals(round);
    }
    const delays = server.log.finals.map(
      (final) => final.finalSentAtMs - (final.lastSpeechAtMs ?? 0),
    );
    expect(delays).toHaveLength(3);
    // A timer may be late on a busy machine, never early by more than its own millisecond.
    for (const delayMs of delays) expect(delayMs).toBeGreaterThanOrEqual(49);
  });
});
