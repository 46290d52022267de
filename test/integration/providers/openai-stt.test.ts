import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { muLawDecodeFrame, muLawEncodeFrame } from '../../../src/audio/g711.ts';
import { OpenAiStt } from '../../../src/providers/openai/openai-stt.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';
import { SttProbe } from '../../support/providers/stt-probe.ts';

const LIMITS = {
  connectTimeoutMs: 300,
  retryDelayMs: 10,
  pingIntervalMs: 10_000,
  maxLogBytes: 64_000,
  provenAfterMs: 10_000,
};

let server: FakeOpenAi;
let probe: SttProbe;

beforeEach(async () => {
  server = await FakeOpenAi.start();
});

afterEach(async () => {
  probe.close();
  await server.until(() => server.openWebsockets === 0);
  await server.stop();
});

interface Opening {
  readonly apiKey?: string;
  readonly language?: string;
  readonly limits?: object;
  readonly sampleRateHz?: 16_000;
}

function open(options: Opening = {}): SttProbe {
  const stt = new OpenAiStt({
    apiKey: options.apiKey ?? FAKE_OPENAI_KEY,
    baseUrl: server.baseUrl,
    limits: { ...LIMITS, ...options.limits },
  });
  probe = new SttProbe(stt, options.language, options.sampleRateHz);
  return probe;
}

/** One answer per commit. */
function texts(...scripted: readonly string[]): void {
  server.transcription.answer = (commit) => ({ type: 'final', text: scripted[commit] ?? '' });
}

describe('realtime transcription over a websocket', () => {
  test('speech becomes interim words and a final transcript', async () => {
    open().say(600);
    expect(await probe.finals(1)).toEqual(['hello there']);
    expect(probe.interims).toEqual(['hello', 'hello there']);
  });

  test('opens a transcription session for G.711 without turns of its own', async () => {
    open({ language: 'de-AT' }).say(200);
    await probe.finals(1);
    expect(server.transcriptionLog.sessions).toEqual([
      {
        type: 'transcription',
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            transcription: { model: 'gpt-live-transcribe', languages: ['de'] },
            turn_detection: null,
          },
        },
      },
    ]);
  });

  test('sends the speech with its run-up, and no silence besides', async () => {
    open();
    probe.hush(2_000);
    const speech = probe.say(500);
    probe.hush(2_000);
    await probe.finals(1);
    const [audio] = server.transcriptionLog.committed;
    expect(audio?.length).toBe(3_200 + speech.length);
    expect(audio?.slice(3_200)).toEqual(muLawDecodeFrame(muLawEncodeFrame(speech)));
    expect(server.transcriptionLog.appends).toBe(1 + Math.ceil(500 / 40));
  });

  test('sends wideband speech as linear audio at 24 kHz', async () => {
    open({ sampleRateHz: 16_000 }).say(500);
    await probe.finals(1);
    expect(server.transcriptionLog.sessions).toMatchObject([
      { audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } } } },
    ]);
    expect(server.transcriptionLog.committed[0]).toHaveLength(500 * 24 * 2);
  });

  test('a very short wideband sound is filled up too', async () => {
    open({ sampleRateHz: 16_000 }).say(20);
    await probe.finals(1);
    expect(server.transcriptionLog.committed[0]).toHaveLength(100 * 24 * 2);
  });

  test('a very short sound is filled up to what may be committed', async () => {
    open().say(20);
    await probe.finals(1);
    expect(server.transcriptionLog.committed[0]?.length).toBe(800);
  });

  test('what is said while it connects is not lost', async () => {
    texts('one', 'two');
    open();
    probe.say(300);
    probe.say(300);
    expect(await probe.finals(2)).toEqual(['one', 'two']);
  });

  test('finals come in the order of the speech', async () => {
    server.transcription.answer = (commit) => ({
      type: 'final',
      text: `text ${commit}`,
      delayMs: commit === 0 ? 80 : 0,
    });
    open();
    probe.say(200);
    probe.say(200);
    expect(await probe.finals(2)).toEqual(['text 0', 'text 1']);
    expect(server.transcriptionLog.finals.map((final) => final.text)).toEqual(['text 1', 'text 0']);
  });

  test('a transcript that never comes holds the next ones up for a second only', async () => {
    server.transcription.answer = (commit) =>
      commit === 0 ? { type: 'silent' } : { type: 'final', text: 'second' };
    open();
    probe.say(200);
    probe.say(200);
    expect(await probe.finals(2)).toEqual(['', 'second']);
  });

  test.each(['failed', 'refused'] as const)('a %s commit is an empty transcript', async (type) => {
    server.transcription.answer = (commit) =>
      commit === 0 ? { type } : { type: 'final', text: 'second' };
    open();
    probe.say(200);
    expect(await probe.finals(1)).toEqual(['']);
    probe.say(200);
    expect(await probe.finals(2)).toEqual(['', 'second']);
  });

  test('close ends the connection and everything else', async () => {
    open().say(200);
    await probe.finals(1);
    probe.close();
    probe.close();
    await server.until(() => server.transcriptionLog.closed === 1);
    probe.say(200);
    expect(probe.errors).toEqual([]);
  });

  test('close while it connects leaves nothing behind', async () => {
    server.handshakeFaults.push({ type: 'hang' });
    open().close();
    expect(probe.errors).toEqual([]);
  });
});

describe('a transcription that loses its connection', () => {
  test.each(['drop', 'malformed', 'server-error'] as const)(
    '%s: is connected again and the speech is sent again',
    async (type) => {
      server.transcription.answer = (commit) =>
        commit === 0 ? { type } : { type: 'final', text: 'again' };
      open().say(300);
      expect(await probe.finals(1)).toEqual(['again']);
      expect(server.connections).toBe(2);
      const [first, second] = server.transcriptionLog.committed;
      expect(second).toEqual(first);
    },
  );

  test('each final earns the next connection its retry', async () => {
    server.transcription.answer = (commit) =>
      commit % 2 === 0 ? { type: 'drop' } : { type: 'final', text: `text ${commit}` };
    open();
    for (let round = 1; round <= 3; round++) {
      probe.say(200);
      await probe.finals(round);
    }
    expect(server.connections).toBe(4);
    expect(probe.errors).toEqual([]);
  });

  test('twice in a row is lost for good', async () => {
    server.transcription.answer = () => ({ type: 'drop' });
    open().say(300);
    expect(await probe.error()).toMatchObject({ code: 'provider-unreachable' });
    expect(server.connections).toBe(2);
    probe.say(300);
    expect(probe.errors).toHaveLength(1);
  });

  test('what was finished is not sent again', async () => {
    server.transcription.answer = (commit) =>
      commit === 1 ? { type: 'drop' } : { type: 'final', text: `text ${commit}` };
    open();
    probe.say(200);
    await probe.finals(1);
    probe.say(400);
    await probe.finals(2);
    const lengths = server.transcriptionLog.committed.map((audio) => audio.length);
    expect(lengths).toEqual([1_600, 3_200, 3_200]);
  });

  test('speech beyond the bound is forgotten, oldest first', async () => {
    server.transcription.answer = (commit) =>
      commit === 0 ? { type: 'drop' } : { type: 'final', text: 'rest' };
    open({ limits: { maxLogBytes: 8_000 } }).say(2_000);
    expect(await probe.finals(1)).toEqual(['rest']);
    const [all, rest] = server.transcriptionLog.committed;
    expect(rest?.length).toBeLessThan(8_000);
    expect(rest).toEqual(all?.slice(-(rest?.length ?? 0)));
  });
});

describe('a transcription server that refuses', () => {
  test('401 is final', async () => {
    open({ apiKey: 'sk-wrong' });
    expect(await probe.error()).toMatchObject({
      code: 'provider-rejected',
      message: 'openai transcription: HTTP 401',
    });
  });

  test('503 is tried again', async () => {
    server.handshakeFaults.push({ type: 'refuse', status: 503 });
    open().say(200);
    expect(await probe.finals(1)).toEqual(['hello there']);
  });

  test('503 twice is lost', async () => {
    const refusal = { type: 'refuse', status: 503 } as const;
    server.handshakeFaults.push(refusal, refusal);
    open();
    expect(await probe.error()).toMatchObject({ code: 'provider-overloaded' });
  });

  test('a handshake that hangs is given up', async () => {
    server.handshakeFaults.push({ type: 'hang' }, { type: 'hang' });
    open();
    expect(await probe.error()).toMatchObject({ code: 'provider-timeout' });
  });

  test.each([
    [1006, 'provider-unreachable'],
    [1011, 'provider-overloaded'],
  ])('a connection closed with %i twice is %s', async (code, expected) => {
    server.handshakeFaults.push({ type: 'close', code }, { type: 'close', code });
    open();
    expect(await probe.error()).toMatchObject({ code: expected });
  });

  test('a refused session is final', async () => {
    server.transcription.refuseSession = true;
    open();
    expect(await probe.error()).toMatchObject({ code: 'provider-rejected' });
    expect(server.connections).toBe(1);
  });
});
