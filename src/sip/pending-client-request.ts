import type { MonotonicMs } from '../core/time.ts';
import type { Session } from './dialog/session.ts';
import type { Endpoint } from './endpoint.ts';
import type { SipRequest } from './message/sip-message.ts';

/** Where a request of ours belongs. */
export interface Place {
  /** The name of the dialog that it belongs to or may make. */
  readonly dialog: string | undefined;
  /** The dialog it was sent in. */
  readonly within: Session | undefined;
  /** The user wants to hear of a 100 too. */
  readonly wantsTrying?: boolean | undefined;
}

/** A request of ours that the user wants to hear of. */
export interface PendingClientRequest extends Place {
  /** As it went out last: another address of a name sees another Contact. */
  request: SipRequest;
  /** The early and confirmed dialogs that it made, one per fork. */
  readonly made: Set<Session>;
  isCancelled: boolean;
  /** The user is gone: a 2xx is acknowledged and ended here. */
  isAbandoned: boolean;
}

/** When a final response came, and from where when it was not made here. */
export interface Arrival {
  readonly source: Endpoint | undefined;
  readonly now: MonotonicMs;
}
