import { expect, test } from 'vitest';
import { DigitSources } from '../../../src/call/digit-sources.ts';
import { monotonicMs } from '../../../src/core/time.ts';

test('a key that comes both ways is told once, whichever is first', () => {
  const keys = new DigitSources();

  expect(keys.isNew('rfc4733', '5', monotonicMs(0))).toBe(true);
  expect(keys.isNew('info', '5', monotonicMs(300))).toBe(false);
  expect(keys.isNew('info', '5', monotonicMs(600))).toBe(true);
  expect(keys.isNew('rfc4733', '5', monotonicMs(700))).toBe(false);
});

test('the same key again by one way is a key of its own', () => {
  const keys = new DigitSources();
  const told = [0, 100, 200].map((atMs) => keys.isNew('info', '5', monotonicMs(atMs)));

  expect(told).toEqual([true, true, true]);
});

test('after a second it is another press', () => {
  const keys = new DigitSources();
  keys.isNew('rfc4733', '5', monotonicMs(0));

  expect(keys.isNew('info', '5', monotonicMs(1_001))).toBe(true);
});

test('a key that comes all three ways is told once', () => {
  const keys = new DigitSources();
  const told = (['inband', 'rfc4733', 'info', 'inband'] as const).map((source, index) =>
    keys.isNew(source, '5', monotonicMs(index * 100)),
  );

  expect(told).toEqual([true, false, false, true]);
});
