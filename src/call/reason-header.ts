import type { Termination, TerminationReason } from './termination.ts';

/** ITU-T Q.850 causes as RFC 3326 section 2 carries them, by how a call ended. */
const CAUSE_OF_REASON: Partial<Record<TerminationReason, readonly [cause: number, text: string]>> =
  {
    hangup: [16, 'Normal call clearing'],
    'agent-ended': [16, 'Normal call clearing'],
    stopped: [16, 'Normal call clearing'],
    transferred: [16, 'Call transferred'],
    silence: [31, 'Nobody spoke'],
    'max-duration': [31, 'Maximum duration reached'],
    'no-answer': [19, 'No answer'],
    'rtp-timeout': [41, 'No media'],
    'provider-failed': [41, 'Temporary failure'],
    'server-shutdown': [41, 'Server is shutting down'],
    'internal-error': [41, 'Temporary failure'],
    'media-failed': [88, 'Incompatible destination'],
  };
const NORMAL = [31, 'Normal, unspecified'] as const;

/** A Reason as a peer writes it (RFC 3326 section 2). */
const REASON_VALUE = /^(?:Q\.850|SIP)\s*;\s*cause=\d{1,3}\b/i;

/** The value of Reason in our BYE; the peer's own, where it gave one: a bridged leg is told why the other hung up. */
export function reasonHeaderOf({ reason, detail = '' }: Termination): string {
  if (reason === 'hangup' && REASON_VALUE.test(detail)) return detail;
  const [cause, text] = CAUSE_OF_REASON[reason] ?? NORMAL;
  return `Q.850;cause=${cause};text="${text}"`;
}
