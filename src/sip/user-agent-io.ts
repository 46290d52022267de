import type { Endpoint } from './endpoint.ts';
import type { LocalIdentityOptions } from './local-identity.ts';
import type { LocationTarget } from './locate/location-target.ts';
import type { Header } from './message/headers.ts';
import type { SipMessage, SipRequest, SipResponse } from './message/sip-message.ts';
import type { TransactionTimers } from './transaction/timers.ts';

export interface UserAgentOptions extends LocalIdentityOptions {
  readonly timers: TransactionTimers;
  /** A new opaque id, unique in this process: names transactions. */
  readonly createId: () => string;
  /** A new token with at least 64 random bits: tags, branches, Call-IDs. */
  readonly createToken: () => string;
  readonly maxServerTransactions: number;
  /** Session-Expires of an INVITE of ours that names none (RFC 4028); without it such an INVITE asks for no timer. */
  readonly sessionExpiresSeconds?: number | undefined;
}

export type UserAgentInput =
  /** One datagram, or one message of a stream. */
  | { readonly type: 'received'; readonly bytes: Uint8Array; readonly source: Endpoint }
  /** A message of a stranger: its request is answered with 401 and these headers, and with nothing else. */
  | {
      readonly type: 'challenge';
      readonly bytes: Uint8Array;
      readonly source: Endpoint;
      readonly headers: readonly Header[];
    }
  /** From now on new work outside of dialogs is refused with 503, or is not any more. */
  | { readonly type: 'overloaded'; readonly isOverloaded: boolean }
  /** The answer to `locate`: where the request goes, best first. */
  | {
      readonly type: 'located';
      readonly transaction: string;
      readonly endpoints: readonly Endpoint[];
    }
  /** A `send` or `locate` output with this transaction could not be done; `reason` becomes the phrase of a 503. */
  | { readonly type: 'transport-failed'; readonly transaction: string; readonly reason: string };

export type UserAgentOutput =
  | {
      readonly type: 'send';
      readonly bytes: Uint8Array;
      readonly to: Endpoint;
      /** Names the client transaction that wants a `transport-failed` when this cannot be sent. */
      readonly transaction: string | undefined;
    }
  /** Where does this go? Answered by `located`, or by `transport-failed` when it goes nowhere. */
  | { readonly type: 'locate'; readonly transaction: string; readonly target: LocationTarget }
  /** An address out of `located` that does not answer. */
  | { readonly type: 'unreachable'; readonly to: Endpoint }
  /** A request to be answered with `respond`. Without a dialog it is a new one. */
  | {
      readonly type: 'request';
      readonly transaction: string;
      readonly dialog: string | undefined;
      readonly request: SipRequest;
      readonly source: Endpoint;
      /** An UPDATE before this INVITE of the same peer is answered. */
      readonly invite?: string | undefined;
      /** The SUBSCRIBE of ours whose dialog this NOTIFY makes. */
      readonly subscribe?: string | undefined;
      /** The dialog is not confirmed: the user may not know of it yet. */
      readonly isEarly?: boolean;
    }
  /** The ACK of a 2xx that we sent. */
  | {
      readonly type: 'ack';
      readonly dialog: string;
      readonly request: SipRequest;
      readonly source: Endpoint;
    }
  /** The INVITE of this transaction was cancelled and has had its 487. */
  | {
      readonly type: 'cancelled';
      readonly transaction: string;
      readonly dialog: string | undefined;
      readonly request: SipRequest;
      readonly source: Endpoint;
    }
  /** A response to a request of ours; without a source it was made here (408, 503). */
  | {
      readonly type: 'response';
      readonly transaction: string;
      readonly dialog: string | undefined;
      readonly response: SipResponse;
      readonly source: Endpoint | undefined;
    }
  /** The first final response of a branch of a proxied request, as it came; without a source it was made here (408, 503). */
  | {
      readonly type: 'proxy-response';
      readonly transaction: string;
      readonly response: SipResponse;
      readonly source: Endpoint | undefined;
    }
  /** The sender of a proxied request has had its final answer; no `proxy-response` follows. */
  | { readonly type: 'proxy-done'; readonly transaction: string }
  /** The user agent ended a dialog by itself with this BYE. */
  | { readonly type: 'unsolicited-bye'; readonly dialog: string; readonly sent: Sent }
  | { readonly type: 'dialog-ended'; readonly dialog: string }
  | { readonly type: 'transaction-ended'; readonly transaction: string };

/** What went out, as it went out. */
export interface Sent {
  readonly transaction: string;
  readonly dialog: string | undefined;
  readonly message: SipMessage;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
}

export type CommandFault =
  | 'invalid-uri'
  | 'unsupported-transport'
  | 'to-self'
  | 'unknown-dialog'
  | 'unknown-transaction'
  | 'ack-of-failure'
  /** A reliable 1xx to somebody who does not know RFC 3262. */
  | 'no-100rel'
  | 'too-many-provisionals'
  /** One UPDATE at a time (RFC 3311 section 5.1). */
  | 'update-pending';

export type CommandResult = Sent | { readonly fault: CommandFault };

export interface InDialogRequest {
  readonly method: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

export interface OutgoingRequest extends InDialogRequest {
  readonly uri: string;
  /** A URI to send to instead of the Request-URI. */
  readonly nextHop?: string | undefined;
  /** Pass 100 up like any other response. */
  readonly wantsTrying?: boolean;
}

export interface OutgoingResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
  /** The To tag, when the application wants its own. */
  readonly toTag?: string | undefined;
}

export interface UserAgentStats {
  readonly requests: number;
  readonly responses: number;
  readonly malformed: number;
  readonly retransmissions: number;
  /** Requests refused with 503 because of overload. */
  readonly shed: number;
  /** Requests dropped because the table of server transactions was full. */
  readonly overflow: number;
  /** Calls that came in and have no final answer. */
  readonly callsInSetUp: number;
  readonly transactions: number;
  readonly dialogs: number;
  /** Requests on their way through us. */
  readonly proxied: number;
  readonly pendingTimers: number;
}
