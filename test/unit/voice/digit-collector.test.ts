import { expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { DigitCollector } from '../../../src/voice/digit-collector.ts';

const at = monotonicMs;

test('an entry is complete 1,500 ms after its last digit', () => {
  const digits = new DigitCollector();
  digits.press('1', at(0));
  digits.press('2', at(1_000));

  expect(digits.handleTimeout(at(2_499))).toBeUndefined();
  expect(digits.handleTimeout(at(2_600))).toEqual({ digits: '12', endMs: 2_500 });
  expect([digits.isCollecting, digits.deadline]).toEqual([false, undefined]);
});

test('# completes it', () => {
  const digits = new DigitCollector();
  digits.press('1', at(0));

  expect(digits.press('#', at(100))).toEqual({ digits: '1#', endMs: 100 });
});

test('a stuck key is cut', () => {
  const digits = new DigitCollector();
  const entries = Array.from({ length: 64 }, (_, index) => digits.press('5', at(index)));

  expect(entries.at(-1)?.digits).toHaveLength(64);
  expect(entries.slice(0, -1).every((entry) => entry === undefined)).toBe(true);
});
