import { expect, test } from 'vitest';
import { SequenceNumbers } from '../../../src/signaling/sequence-numbers.ts';

test('goes up with every request of a Call-ID, from where no earlier process was', () => {
  const numbers = new SequenceNumbers(() => 1_000);

  expect([numbers.next('a'), numbers.next('a'), numbers.next('b'), numbers.next('a')]).toEqual([
    1_001, 1_002, 1_001, 1_003,
  ]);
});

test('stays below 2^31 (RFC 3261 section 8.1.1.5)', () => {
  expect(new SequenceNumbers(() => 2 ** 31 - 1).next('a')).toBe(1);
});

test('forgets the Call-ID that was used longest ago', () => {
  let first = 0;
  const numbers = new SequenceNumbers(() => first);
  numbers.next('old');
  for (let n = 0; n < 4_096; n += 1) numbers.next(String(n));
  first = 5_000;

  expect(numbers.next('old')).toBe(5_001);
});
