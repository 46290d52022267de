import { describe, expect, test } from 'vitest';
import { Upsampler } from '../../../src/audio/upsampler.ts';

function sine(hz: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, index) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * hz * index) / 16_000)),
  );
}

/** Of one frequency in audio at 24 kHz, after what filled the filter. */
function levelDb(samples: Int16Array, hz: number): number {
  const part = samples.subarray(240);
  let [real, imaginary] = [0, 0];
  part.forEach((sample, index) => {
    const angle = (2 * Math.PI * hz * index) / 24_000;
    real += sample * Math.cos(angle);
    imaginary -= sample * Math.sin(angle);
  });
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / part.length / 16_000);
}

describe('16 kHz to 24 kHz', () => {
  test('has three samples for two, however the audio is cut', () => {
    const audio = sine(440, 4_001);
    const whole = new Upsampler().push(audio);
    const upsampler = new Upsampler();
    const parts = [0, 1, 2, 322, 642, 643, 4_000].map((begin, at, all) =>
      upsampler.push(audio.subarray(begin, all[at + 1])),
    );

    expect(whole).toHaveLength(6_002);
    expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
  });

  test.each([100, 1_000, 3_400, 6_000])('passes %i Hz as it is', (hz) => {
    expect(Math.abs(levelDb(new Upsampler().push(sine(hz, 4_800)), hz))).toBeLessThan(0.5);
  });

  test.each([1_000, 3_400, 6_000])('leaves no image of %i Hz', (hz) => {
    expect(levelDb(new Upsampler().push(sine(hz, 4_800)), 16_000 - hz)).toBeLessThan(-50);
  });

  test('keeps to the range of a sample', () => {
    const square = Int16Array.from({ length: 480 }, (_, index) =>
      index % 32 < 16 ? 32_767 : -32_768,
    );

    expect(Math.max(...new Upsampler().push(square))).toBe(32_767);
  });
});
