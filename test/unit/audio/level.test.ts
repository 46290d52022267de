import { expect, test } from 'vitest';
import { levelDbfs } from '../../../src/audio/level.ts';

test('a full-scale square wave is 0 dBFS and a sine 3 dB less', () => {
  expect(levelDbfs(new Int16Array(80).fill(-32_768))).toBeCloseTo(0, 5);
  const sine = Int16Array.from({ length: 800 }, (_, i) => 32_767 * Math.sin((i * Math.PI) / 40));
  expect(levelDbfs(sine)).toBeCloseTo(-3.01, 1);
});

test('silence and nothing are minus infinity', () => {
  expect(levelDbfs(new Int16Array(160))).toBe(-Infinity);
  expect(levelDbfs(new Int16Array(0))).toBe(-Infinity);
});
