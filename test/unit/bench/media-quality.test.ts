import { expect, test } from 'vitest';
import { align, type Reference, refine } from '../../bench/media/alignment.ts';
import { compare } from '../../bench/media/quality.ts';
import { powerSpectrum } from '../../bench/media/spectrum.ts';
import type { Timeline } from '../../bench/media/timeline.ts';
import { SeededRandom } from '../../support/random/seeded-random.ts';

const RATE_HZ = 8_000;
const STEADY = { startMs: 1_000, speed: 1 };

/** Noise that swells and fades like syllables, 4 s. */
function babble(): Float32Array {
  const random = new SeededRandom(5);
  let low = 0;
  return Float32Array.from({ length: 4 * RATE_HZ }, (_, index) => {
    low = 0.8 * low + 0.2 * (random.below(2_001) / 1_000 - 1);
    return low * (0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / RATE_HZ));
  });
}

/** What was said, heard so much later. */
function delayed(samples: Float32Array, delaySamples: number): Timeline {
  const heard = new Float32Array(samples.length + delaySamples);
  heard.set(samples, delaySamples);
  return { startMs: STEADY.startMs, samples: heard };
}

function judge(said: Float32Array, heard: Timeline, lost: readonly number[] = []) {
  const reference: Reference = { ...STEADY, samples: said };
  const matches = align(reference, heard);
  const pieces = matches.flatMap((match) => refine(said, heard.samples, match));
  return { matches, quality: compare({ said, heard: heard.samples, lost: new Set(lost) }, pieces) };
}

test('the delay of each second is found to the sample', () => {
  const said = babble();

  const { matches } = judge(said, delayed(said, 333));

  expect(matches.map(({ delayMs }) => delayMs)).toEqual([333 / 8, 333 / 8, 333 / 8, 333 / 8]);
});

test('a clock that runs fast is no delay', () => {
  const said = babble();
  const reference: Reference = { startMs: 1_000, speed: 1 + 200e-6, samples: said };

  const last = align(reference, delayed(said, 0)).at(-1);

  expect(last?.delayMs).toBeCloseTo(3_000 * 200e-6, 1);
});

test('seconds of silence are not looked for', () => {
  const said = babble().fill(0, RATE_HZ, 2 * RATE_HZ);

  expect(judge(said, delayed(said, 80)).matches.map(({ referenceAt }) => referenceAt)).toEqual([
    0,
    2 * RATE_HZ,
    3 * RATE_HZ,
  ]);
});

test('what comes through unchanged is as good as can be', () => {
  const said = babble();

  const { quality } = judge(said, delayed(said, 333));

  expect(quality).toMatchObject({ segmentalSnrDb: 35, dropouts: 0, underruns: 0, clicks: 0 });
  expect(quality.logSpectralDistanceDb).toBeCloseTo(0, 5);
});

test('a hole of 20 ms is a dropout, costs quality, and clicks at its edges', () => {
  const said = babble();
  const heard = delayed(said, 333);
  const at = 1.06 * RATE_HZ + 333;
  heard.samples[at - 1] = 0.5;
  heard.samples.fill(0, at, at + 160);

  const { quality } = judge(said, heard);

  expect(quality).toMatchObject({ dropouts: 1, underruns: 1 });
  expect(judge(said, heard, [53]).quality).toMatchObject({ dropouts: 1, underruns: 0 });
  expect(quality.clicks).toBeGreaterThanOrEqual(1);
  expect(quality.segmentalSnrDb).toBeLessThan(35);
  expect(quality.logSpectralDistanceDb).toBeGreaterThan(0.05);
});

test('audio that moves within a second is found piece by piece', () => {
  const said = babble();
  const heard = delayed(said, 400);
  heard.samples.copyWithin(0.5 * RATE_HZ, 0.5 * RATE_HZ + 160);

  expect(judge(said, heard).quality.segmentalSnrDb).toBeGreaterThan(33);
});

test('a tone stands in its bin', () => {
  const tone = Float32Array.from({ length: 256 }, (_, index) =>
    Math.sin((2 * Math.PI * 1_000 * index) / RATE_HZ),
  );

  const spectrum = powerSpectrum(tone);

  expect(spectrum.indexOf(Math.max(...spectrum))).toBe(32);
  expect(spectrum).toHaveLength(129);
});
