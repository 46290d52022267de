/**
 * - `blind`: the peer is asked to call the target itself (REFER), and goes.
 * - `attended`: we call the target, and the peer is asked to take our place in that call (REFER with Replaces).
 * - `bridge`: we call the target and connect both; the call stays with us.
 */
export type TransferMode = 'blind' | 'attended' | 'bridge';

export interface TransferRequest {
  /** E.164 number, or a SIP URI (`blind` only). */
  readonly to: string;
  readonly mode: TransferMode;
}
