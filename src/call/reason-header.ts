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

/** The value of Reason in our BYE. */
export function reasonHeaderOf({ reason }: Termination): string {
  const [cause, text] = CAUSE_OF_REASON[reason] ?? NORMAL;
  return `Q.850;cause=${cause};text="${text}"`;
}
