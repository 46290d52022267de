import type { ReliableProvisionals } from './dialog/reliable-provisionals.ts';
import type { Session } from './dialog/session.ts';
import type { SipResponse } from './message/sip-message.ts';
import type { ServerRecord } from './transaction/server-record.ts';

/** A request that the user has been told of. */
export interface PendingRequest {
  readonly record: ServerRecord;
  /** The dialog it came in, or the one it makes. */
  session: Session | undefined;
  readonly isInDialog: boolean;
  toTag: string;
  /** Made by the first reliable response to it. */
  provisionals: ReliableProvisionals | undefined;
  /** A 2xx that waits until our reliable provisional responses are acknowledged (RFC 3262 section 3). */
  heldAnswer: SipResponse | undefined;
}
