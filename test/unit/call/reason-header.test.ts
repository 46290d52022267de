import { expect, test } from 'vitest';
import { reasonHeaderOf } from '../../../src/call/reason-header.ts';

test.each([
  ['agent-ended', 16],
  ['silence', 31],
  ['rtp-timeout', 41],
  ['media-failed', 88],
  ['busy', 31],
] as const)('%s is cause %i of Q.850 (RFC 3326 section 2)', (reason, cause) => {
  expect(reasonHeaderOf({ reason, by: 'system' })).toMatch(
    new RegExp(`^Q\\.850;cause=${cause};text="[^"]+"$`),
  );
});

test('a peer that says why is passed on', () => {
  const detail = 'SIP;cause=486;text="Busy Here"';

  expect(reasonHeaderOf({ reason: 'hangup', by: 'caller', detail })).toBe(detail);
  expect(reasonHeaderOf({ reason: 'hangup', by: 'caller', detail: 'normal release' })).toMatch(
    /^Q\.850;cause=16/,
  );
});
