import type { TerminationReason } from '../call/termination.ts';
import type { CallOutcome, CallProgress } from './call-record.ts';

export interface Outcome {
  readonly status: CallProgress;
  readonly callStatus: CallOutcome;
}

const COMPLETED: Outcome = { status: 'completed', callStatus: 'completed' };
const CANCELLED: Outcome = { status: 'cancelled', callStatus: 'cancelled' };
const FAILED: Outcome = { status: 'failed', callStatus: 'failed' };

const OUTCOME_OF_REASON: Readonly<Record<TerminationReason, Outcome>> = {
  hangup: COMPLETED,
  'agent-ended': COMPLETED,
  transferred: COMPLETED,
  silence: COMPLETED,
  'max-duration': COMPLETED,
  stopped: CANCELLED,
  cancelled: CANCELLED,
  'caller-cancelled': CANCELLED,
  busy: { status: 'failed', callStatus: 'busy' },
  'no-answer': { status: 'failed', callStatus: 'no-answer' },
  rejected: { status: 'failed', callStatus: 'rejected' },
  'rtp-timeout': FAILED,
  'provider-failed': FAILED,
  'server-shutdown': FAILED,
  'internal-error': FAILED,
  'no-route': FAILED,
  unreachable: FAILED,
  overloaded: FAILED,
  'media-failed': FAILED,
};

/** How a call that ended for `reason` is shown. */
export function outcomeOf(reason: TerminationReason): Outcome {
  return OUTCOME_OF_REASON[reason];
}
