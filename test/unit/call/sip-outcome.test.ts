import { describe, expect, test } from 'vitest';
import { rejectStatusOf, terminationOfStatus } from '../../../src/call/sip-outcome.ts';

describe('a refused outgoing call (RFC 3261 section 21)', () => {
  test.each([
    [486, 'busy'],
    [600, 'busy'],
    [408, 'no-answer'],
    [480, 'no-answer'],
    [487, 'no-answer'],
    [403, 'rejected'],
    [603, 'rejected'],
    [607, 'rejected'],
    [302, 'unreachable'],
    [404, 'unreachable'],
    [488, 'unreachable'],
    [503, 'unreachable'],
    [604, 'unreachable'],
  ])('%i means %s, and is kept as it came', (sipStatus, reason) => {
    expect(terminationOfStatus(sipStatus, 'As It Came')).toEqual({
      reason,
      by: 'network',
      sipStatus,
      sipReason: 'As It Came',
    });
  });
});

describe('a caller that is not taken', () => {
  test.each([
    ['media-failed', 488],
    ['overloaded', 503],
    ['server-shutdown', 503],
    ['cancelled', 480],
    ['internal-error', 500],
  ] as const)('for %s gets %i', (reason, sipStatus) => {
    expect(rejectStatusOf(reason)).toBe(sipStatus);
  });
});
