import { expect, test } from 'vitest';
import { dtmfTones } from '../../../src/audio/dtmf-tones.ts';

const FREQUENCIES_HZ = [697, 770, 852, 941, 1_209, 1_336, 1_477, 1_633];

/** Goertzel's algorithm, without its state. */
function power(samples: Int16Array, hz: number): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * hz * index) / 8_000;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return real ** 2 + imaginary ** 2;
}

test.each([
  ['1', 697, 1_209],
  ['5', 770, 1_336],
  ['#', 941, 1_477],
  ['d', 941, 1_633],
])('%s is %i Hz and %i Hz (ITU-T Q.23)', (key, low, high) => {
  const tone = dtmfTones(key).samples.subarray(0, 800);
  const strongest = FREQUENCIES_HZ.toSorted((a, b) => power(tone, b) - power(tone, a)).slice(0, 2);

  expect(strongest.toSorted((a, b) => a - b)).toEqual([low, high]);
});

test('keys follow each other after a pause; what is no key is left out', () => {
  const { samples, sampleRateHz } = dtmfTones('1x2');

  expect(samples.length / sampleRateHz).toBeCloseTo(0.36);
  expect(samples.subarray(800, 1_440).every((sample) => sample === 0)).toBe(true);
  expect(dtmfTones('').samples).toHaveLength(0);
});
