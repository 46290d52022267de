import { expect, test } from 'vitest';
import { outcomeOf } from '../../../src/store/call-outcome.ts';

test.each([
  ['hangup', 'completed', 'completed'],
  ['agent-ended', 'completed', 'completed'],
  ['silence', 'completed', 'completed'],
  ['max-duration', 'completed', 'completed'],
  ['stopped', 'cancelled', 'cancelled'],
  ['cancelled', 'cancelled', 'cancelled'],
  ['caller-cancelled', 'cancelled', 'cancelled'],
  ['busy', 'failed', 'busy'],
  ['no-answer', 'failed', 'no-answer'],
  ['rejected', 'failed', 'rejected'],
  ['internal-error', 'failed', 'failed'],
  ['no-route', 'failed', 'failed'],
] as const)('%s is shown as %s / %s', (reason, status, callStatus) => {
  expect(outcomeOf(reason)).toEqual({ status, callStatus });
});
