import { afterAll, describe, expect, test } from 'vitest';
import { levelDbfs } from '../../../src/audio/level.ts';
import { pcmDurationMs } from '../../../src/audio/pcm-frame.ts';
import { FliteTts } from '../../../src/providers/flite/flite-tts.ts';
import { collect } from '../../support/providers/collect.ts';

const SENTENCE = 'Hello there, how can I help you today?';
const LONG =
  'Your order of three large pizzas will be ready for collection in about twenty five minutes, ' +
  'and there is a car park behind the house where you can wait as long as you like.';

const tts = new FliteTts();
afterAll(() => tts.close());

async function speak(text: string, voice = 'kal', speed?: number) {
  const request = { text, voice, ...(speed === undefined ? {} : { speed }) };
  const frames = await collect(tts.synthesize(request, new AbortController().signal));
  const samples = Int16Array.from(frames.flatMap((frame) => [...frame.samples]));
  const sampleRateHz = frames[0]?.sampleRateHz ?? 0;
  return { samples, sampleRateHz, durationMs: frames.reduce((ms, f) => ms + pcmDurationMs(f), 0) };
}

describe('Flite', () => {
  test.each([
    ['slt', 16_000],
    ['rms', 16_000],
    ['awb', 16_000],
    ['kal', 8_000],
  ])('%s speaks a sentence at %i Hz', async (voice, sampleRateHz) => {
    const speech = await speak(SENTENCE, voice);
    expect(speech.sampleRateHz).toBe(sampleRateHz);
    expect(speech.durationMs).toBeGreaterThan(1_500);
    expect(speech.durationMs).toBeLessThan(3_500);
    expect(levelDbfs(speech.samples)).toBeGreaterThan(-35);
    // Words rise and fall: some 20 ms are loud, some are quiet.
    const frame = sampleRateHz / 50;
    const levels = Array.from({ length: Math.floor(speech.samples.length / frame) }, (_, at) =>
      levelDbfs(speech.samples.subarray(at * frame, (at + 1) * frame)),
    );
    expect(levels.filter((level) => level > -30).length).toBeGreaterThan(levels.length / 4);
    expect(levels.filter((level) => level < -45).length).toBeGreaterThan(2);
  });

  test('begins to speak at once', async () => {
    const { samples, sampleRateHz } = await speak(SENTENCE, 'slt');
    const firstLoud = samples.findIndex((sample) => Math.abs(sample) > 100);
    expect(firstLoud / sampleRateHz).toBeLessThan(0.03);
  });

  test('voices differ, sentences repeat exactly', async () => {
    const [first, again, other] = [
      await speak('Yes.', 'slt'),
      await speak('Yes.', 'slt'),
      await speak('Yes.', 'rms'),
    ];
    expect(again.samples).toEqual(first.samples);
    expect(other.samples).not.toEqual(first.samples);
  });

  test('speaks faster and slower, within reason', async () => {
    const normal = await speak(SENTENCE);
    const fast = await speak(SENTENCE, 'kal', 2);
    expect(fast.durationMs).toBeLessThan(normal.durationMs * 0.65);
    expect((await speak(SENTENCE, 'kal', 100)).durationMs).toBe(fast.durationMs);
  });

  test.each(['', ' \n', '\u0000\u0001', '🙂', '...'])('has nothing to say for %j', async (text) => {
    expect((await speak(text)).durationMs).toBe(0);
  });

  test.each([
    '-o /tmp/x.wav',
    '--help',
    '"; exit',
    '<speak>hi</speak>',
    '%s%n',
    '../../etc/passwd',
  ])('takes %j for a text and nothing else', async (text) => {
    expect((await speak(text)).durationMs).toBeGreaterThan(100);
  });

  test('a very long text is spoken in pieces, and bounded', async () => {
    const { durationMs } = await speak('word '.repeat(5_000));
    expect(durationMs).toBeGreaterThan(30_000);
    expect(durationMs).toBeLessThan(300_000);
  });

  test('more sentences than workers are all spoken, in order', async () => {
    const texts = ['One.', 'Two and a half.', LONG, 'Four.', SENTENCE, 'Six.'];
    const alone = [];
    for (const text of texts) alone.push((await speak(text)).samples.length);
    const together = await Promise.all(texts.map((text) => speak(text)));
    expect(together.map(({ samples }) => samples.length)).toEqual(alone);
  });

  test('a voice it does not have is refused', async () => {
    await expect(speak(SENTENCE, 'alloy')).rejects.toMatchObject({ code: 'provider-rejected' });
  });
});

describe('cancelling Flite', () => {
  test('ends a running sentence, and the next one is spoken', async () => {
    const pool = new FliteTts(1);
    await pool.warmUp();
    const controller = new AbortController();
    const cancelled = pool.synthesize({ text: LONG, voice: 'slt' }, controller.signal).next();
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'provider-aborted' });
    const frames = await collect(
      pool.synthesize({ text: 'Yes.', voice: 'slt' }, new AbortController().signal),
    );
    expect(frames.length).toBeGreaterThan(0);
    await pool.close();
  });

  test('a waiting sentence is forgotten, the running one is not disturbed', async () => {
    const pool = new FliteTts(1);
    const controller = new AbortController();
    const running = collect(
      pool.synthesize({ text: LONG, voice: 'slt' }, new AbortController().signal),
    );
    const waiting = pool.synthesize({ text: 'Never.', voice: 'slt' }, controller.signal).next();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'provider-aborted' });
    expect((await running).length).toBeGreaterThan(10);
    await pool.close();
  });

  test('a signal that is aborted already starts nothing', async () => {
    const cancelled = tts.synthesize({ text: LONG, voice: 'slt' }, AbortSignal.abort()).next();
    await expect(cancelled).rejects.toMatchObject({ code: 'provider-aborted' });
  });

  test('close ends what runs and what waits', async () => {
    const pool = new FliteTts(1);
    await pool.warmUp();
    const sentences = [LONG, LONG].map((text) =>
      pool.synthesize({ text, voice: 'slt' }, new AbortController().signal).next(),
    );
    const ended = Promise.allSettled(sentences);
    await pool.close();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
