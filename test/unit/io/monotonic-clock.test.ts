import { expect, test } from 'vitest';
import { after } from '../../../src/core/time.ts';
import { monotonicClock } from '../../../src/io/monotonic-clock.ts';

test('the clock is CLOCK_MONOTONIC in milliseconds', () => {
  const [seconds, nanoseconds] = process.hrtime();
  const beforeMs = seconds * 1_000 + nanoseconds / 1e6;

  expect(monotonicClock.now()).toBeGreaterThanOrEqual(beforeMs);
});

test('an alarm runs once at its deadline', async () => {
  const rung = new Promise<string>((resolve) => {
    monotonicClock.schedule(after(monotonicClock.now(), 1), () => resolve('rung'));
  });

  await expect(rung).resolves.toBe('rung');
});

test('an alarm that was called off does not run', async () => {
  let ran = 0;
  const due = after(monotonicClock.now(), 1);
  const callOff = monotonicClock.schedule(due, () => {
    ran += 1;
  });
  callOff();

  await new Promise<void>((resolve) => {
    monotonicClock.schedule(after(due, 1), resolve);
  });

  expect(ran).toBe(0);
});
