import { expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { isoTimeAt, systemClock } from '../../../src/store/wall-clock.ts';

test('a stamp of the monotonic clock becomes the wall time of that moment', () => {
  const clock = {
    now: () => new Date('2030-01-01T00:00:10.000Z'),
    monotonicNow: () => monotonicMs(5_000),
  };

  expect(isoTimeAt(clock, monotonicMs(3_500))).toBe('2030-01-01T00:00:08.500Z');
});

test('the system clock counts milliseconds of CLOCK_MONOTONIC', () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const stamp = systemClock.monotonicNow();

  expect(stamp).toBeGreaterThanOrEqual(before);
  expect(stamp).toBeLessThanOrEqual(Number(process.hrtime.bigint()) / 1e6);
});
