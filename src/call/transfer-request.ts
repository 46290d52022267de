/**
 * - `blind`: the peer is asked to call the target itself (REFER), and goes.
 * - `attended`: we call the target, and the peer is asked to take our place in that call (REFER with Replaces).
 * - `bridge`: we call the target and connect both; the call stays with us.
 * - `warm`: as `bridge`, but the peer waits, and the target is told what it is about before both are connected.
 */
export type TransferMode = 'blind' | 'attended' | 'bridge' | 'warm';

/**
 * The agent while both are connected. It hears the caller, but when `muted`:
 * - `muted`: it is silent and deaf.
 * - `listening`: it is silent and writes down what the caller says.
 * - `whispering`: it goes on talking with the caller, unheard by the target.
 * - `talking`: it goes on talking with the caller, heard by both: a conference of three.
 */
export type BridgedAgent = 'muted' | 'listening' | 'whispering' | 'talking';

export interface TransferRequest {
  /** E.164 number, or a SIP URI (`blind` only). */
  readonly to: string;
  readonly mode: TransferMode;
  /** `bridge`, `warm`. Left out: `muted`. */
  readonly agent?: BridgedAgent;
  /** `warm`: what the target is told. */
  readonly summary?: string;
  /** `warm`: what the peer is told before it waits. */
  readonly holdSentence?: string;
}
