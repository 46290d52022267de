import { expect, test } from 'vitest';
import { keptUp, wasDisturbed } from '../../bench/capacity/judge.ts';
import { largest } from '../../bench/capacity/search.ts';

const SEARCH = { from: 100, most: 5_000, step: 1.5, tolerance: 0.05 };
const QUIET = { p50: 0.02, p99: 0.1, p999: 0.2, max: 1 };
const GOOD = {
  calls: 100,
  lossPercent: 0.01,
  pacingMs: { ...QUIET, p99: 1.9 },
  timerMs: QUIET,
  stealPercent: 0,
  audioSlotsLost: 0,
};

function upTo(limit: number) {
  const asked: number[] = [];
  const isAllRight = async (count: number) => {
    asked.push(count);
    return count <= limit;
  };
  return { asked, isAllRight };
}

test.each([100, 149, 151, 731, 4_999])(
  'the largest number is found to within 5 %%: %i',
  async (limit) => {
    const { isAllRight } = upTo(limit);

    const found = await largest(isAllRight, SEARCH);

    expect(found).toBeLessThanOrEqual(limit);
    expect(found).toBeGreaterThanOrEqual(limit / 1.06);
  },
);

test('no number is tried twice', async () => {
  const { asked, isAllRight } = upTo(731);

  await largest(isAllRight, SEARCH);

  expect(new Set(asked).size).toBe(asked.length);
});

test('the search ends at the most that may be tried', async () => {
  const { isAllRight } = upTo(Number.POSITIVE_INFINITY);

  expect(await largest(isAllRight, SEARCH)).toBe(5_000);
});

test('below the first number there is one more try, then it is 0', async () => {
  expect(await largest(upTo(30).isAllRight, SEARCH)).toBeGreaterThanOrEqual(25);
  expect(await largest(upTo(10).isAllRight, SEARCH)).toBe(0);
});

test('a number of calls is kept with little loss and on its grid', () => {
  expect(keptUp(GOOD)).toBe(true);
  expect(keptUp({ ...GOOD, lossPercent: 0.1 })).toBe(false);
  expect(keptUp({ ...GOOD, audioSlotsLost: 1 })).toBe(false);
  expect(keptUp({ ...GOOD, pacingMs: { ...QUIET, p99: 2.2 } })).toBe(false);
});

test('what a bare timer is late does not count against the engine', () => {
  const late = { ...QUIET, p99: 1.5 };

  expect(keptUp({ ...GOOD, timerMs: late, pacingMs: { ...QUIET, p99: 3.4 } })).toBe(true);
});

test('a run from which the host took more than 2 %, or in which even a bare timer was late, was disturbed', () => {
  expect(wasDisturbed({ ...GOOD, stealPercent: 2.1 })).toBe(true);
  expect(wasDisturbed({ ...GOOD, timerMs: { ...QUIET, p99: 0.6 } })).toBe(true);
  expect(wasDisturbed(GOOD)).toBe(false);
});
