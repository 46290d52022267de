/** How a call ended: one reason of ours, and the SIP status where the network gave one, as it came. */
export interface Termination {
  readonly reason: TerminationReason;
  readonly by: 'caller' | 'agent' | 'api' | 'system' | 'network';
  readonly sipStatus?: number;
  readonly sipReason?: string;
  readonly detail?: string;
}

/**
 * - answered calls: `hangup` (either side's BYE), `agent-ended` (end_call), `stopped` (API), `transferred` (REFER), `silence`, `max-duration`,
 *   `rtp-timeout`, `provider-failed`, `server-shutdown`, `internal-error`
 * - never answered: `busy`, `no-answer`, `rejected`, `cancelled`, `caller-cancelled`, `no-route`, `unreachable`,
 *   `overloaded`, `media-failed`
 */
export type TerminationReason =
  | 'hangup'
  | 'agent-ended'
  | 'stopped'
  | 'transferred'
  | 'silence'
  | 'max-duration'
  | 'rtp-timeout'
  | 'provider-failed'
  | 'server-shutdown'
  | 'internal-error'
  | 'busy'
  | 'no-answer'
  | 'rejected'
  | 'cancelled'
  | 'caller-cancelled'
  | 'no-route'
  | 'unreachable'
  | 'overloaded'
  | 'media-failed';
