import { expect, test } from 'vitest';
import { CallRates } from '../../../src/carriers/call-rates.ts';

test.each([
  ['+493012345678', 20_000],
  ['+4915112345678', 90_000],
  ['+33142278186', 50_000],
  ['4930', 20_000],
  ['', 50_000],
])('a minute to %s costs %d micro-USD', (number, expected) => {
  const rates = new CallRates(
    new Map([
      ['49', 20_000],
      ['4915', 90_000],
    ]),
    50_000,
  );

  expect(rates.microUsdPerMinute(number)).toBe(expected);
});
