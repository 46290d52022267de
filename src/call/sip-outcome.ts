import type { Termination, TerminationReason } from './termination.ts';

/** RFC 3261 section 21 and RFC 8197 (607): what a final failure says about the called party. */
const REASON_OF_STATUS: Readonly<Record<number, TerminationReason>> = {
  403: 'rejected',
  408: 'no-answer',
  480: 'no-answer',
  486: 'busy',
  487: 'no-answer',
  600: 'busy',
  603: 'rejected',
  607: 'rejected',
};

/** How an outgoing call ended that the network refused with `sipStatus`. */
export function terminationOfStatus(sipStatus: number, sipReason: string): Termination {
  const reason = REASON_OF_STATUS[sipStatus] ?? 'unreachable';
  return { reason, by: 'network', sipStatus, sipReason };
}

const STATUS_OF_REASON: Partial<Record<TerminationReason, number>> = {
  cancelled: 480,
  'media-failed': 488,
  overloaded: 503,
  'server-shutdown': 503,
};

/** The final status for a caller whose call ends for `reason` before it is answered. */
export function rejectStatusOf(reason: TerminationReason): number {
  return STATUS_OF_REASON[reason] ?? 500;
}
