import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PcmFrame } from '../../../src/audio/pcm-frame.ts';
import { OpenAiConnection } from '../../../src/providers/openai/openai-connection.ts';
import { OpenAiTts } from '../../../src/providers/openai/openai-tts.ts';
import { collect } from '../../support/providers/collect.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';

const REQUEST = { text: 'Good morning.', voice: 'coral' };
const RAMP = Int16Array.from({ length: 5_000 }, (_, index) => index * 13 - 32_000);

let server: FakeOpenAi;
let connection: OpenAiConnection;
let tts: OpenAiTts;

beforeEach(async () => {
  server = await FakeOpenAi.start();
  server.speech.audio = () => RAMP;
  connection = new OpenAiConnection({ apiKey: FAKE_OPENAI_KEY, baseUrl: server.baseUrl });
  tts = new OpenAiTts(connection, 'fake-tts');
});

afterEach(async () => {
  await connection.close();
  await server.stop();
});

function speak(request: object = {}, signal = new AbortController().signal) {
  return tts.synthesize({ ...REQUEST, ...request }, signal);
}

function joined(frames: readonly PcmFrame[]): Int16Array {
  return Int16Array.from(frames.flatMap((frame) => [...frame.samples]));
}

describe('the speech endpoint', () => {
  test.each([1, 2, 3, 7, 4_801])('gives every sample however it is cut (%i bytes)', async (cut) => {
    server.speech.chunkBytes = 4_801;
    server.speech.writeBytes = cut;
    const frames = await collect(speak());
    expect(joined(frames)).toEqual(RAMP);
    expect(frames.every((frame) => frame.sampleRateHz === 24_000)).toBe(true);
  });

  test('hands audio on before the rest is made', async () => {
    server.speechFaults.push({ type: 'stall', parts: 1 });
    const controller = new AbortController();
    const frames = speak({}, controller.signal);
    expect((await frames.next()).value?.samples.length).toBe(2_400);
    controller.abort();
    await expect(frames.next()).rejects.toMatchObject({ code: 'provider-aborted' });
    await server.until(() => server.exchanges[0]?.abortedAtMs !== undefined);
  });

  test('asks for raw audio in the voice and at the speed wanted', async () => {
    await collect(speak({ speed: 9 }));
    expect(server.exchanges[0]?.body).toEqual({
      model: 'fake-tts',
      voice: 'coral',
      input: 'Good morning.',
      response_format: 'pcm',
      speed: 4,
    });
  });

  test('is not asked to say nothing, nor more than it takes', async () => {
    expect(await collect(speak({ text: ' \n' }))).toEqual([]);
    expect(server.exchanges).toHaveLength(0);
    await collect(speak({ text: 'a'.repeat(10_000) }));
    expect(server.exchanges[0]?.body).toMatchObject({ input: 'a'.repeat(4_096) });
  });

  test('half a sample at the end is dropped', async () => {
    server.speech.chunkBytes = 4_801;
    server.speechFaults.push({ type: 'end', parts: 1 });
    expect(joined(await collect(speak()))).toEqual(RAMP.slice(0, 2_400));
  });

  test.each(['audio/mpeg', 'audio/wav', 'application/json'])(
    'what is not raw audio (%s) is not played',
    async (contentType) => {
      server.speechFaults.push({ type: 'content-type', contentType });
      await expect(collect(speak())).rejects.toMatchObject({ code: 'provider-protocol' });
    },
  );

  test.each([
    [{ type: 'status', status: 500 }, 'provider-unreachable'],
    [{ type: 'status', status: 429 }, 'provider-overloaded'],
    [{ type: 'reset', parts: 0 }, 'provider-unreachable'],
    [{ type: 'reset', parts: 1 }, 'provider-unreachable'],
  ] as const)('%j is %s', async (fault, code) => {
    server.speechFaults.push(fault);
    await expect(collect(speak())).rejects.toMatchObject({ code });
  });
});
