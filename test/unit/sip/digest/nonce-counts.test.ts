import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONCE_COUNT_LIMITS, NonceCounts } from '../../../../src/sip/digest/nonce-counts.ts';

test('a count is good once: a captured request that is sent again is refused (RFC 7616 5.5)', () => {
  const counts = new NonceCounts();
  expect([1, 1, 2, 2, 1].map((count) => counts.use('n', count))).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('requests may overtake each other within the window', () => {
  const counts = new NonceCounts();
  expect([5, 3, 4, 3].map((count) => counts.use('n', count))).toEqual([true, true, true, false]);
  counts.use('n', 100);
  expect(counts.use('n', 100 - NONCE_COUNT_LIMITS.window)).toBe(false);
  expect(counts.use('n', 101 - NONCE_COUNT_LIMITS.window)).toBe(true);
});

test('no count is accepted twice, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 })), (all) => {
      const counts = new NonceCounts();
      const accepted = all.filter((count) => counts.use('n', count));
      expect(new Set(accepted).size).toBe(accepted.length);
    }),
  );
});

test('the memory is bounded', () => {
  const counts = new NonceCounts();
  for (let at = 0; at < NONCE_COUNT_LIMITS.nonces + 10; at++) counts.use(`${at}`, 1);
  expect(counts.size).toBe(NONCE_COUNT_LIMITS.nonces);
});
