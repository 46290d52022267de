import type { DeadlineQueue } from '../../core/deadline-queue.ts';
import type { Endpoint } from '../endpoint.ts';
import type { LocationTarget } from '../locate/location-target.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import type { ClientRecord } from './client-record.ts';
import type { ServerRecord } from './server-record.ts';
import type { TransactionTimers } from './timers.ts';

export interface TransactionLayerOptions {
  readonly timers: TransactionTimers;
  /** A new opaque transaction id, unique in this process. */
  readonly createId: () => string;
  /** Server transactions of up to 4 KB kept at most, larger ones for several; what comes beyond is not answered. */
  readonly maxServerTransactions: number;
  /** The same request for another way: its own Via with another branch, and its own Contact. */
  readonly readdress: (request: SipRequest, to: Endpoint, isFirst: boolean) => SipRequest;
}

export interface SendOutput {
  readonly type: 'send';
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  /** Who wants to know when sending fails: one attempt of a client transaction, which may go on elsewhere under its id. */
  readonly transaction: string | undefined;
  readonly isRetransmission: boolean;
}

export type TransactionOutput =
  | SendOutput
  /** A new request; ACK and CANCEL come as their own outputs. */
  | { readonly type: 'request'; readonly record: ServerRecord }
  /** An ACK that no transaction absorbs: that of a 2xx. */
  | { readonly type: 'ack'; readonly request: SipRequest; readonly source: Endpoint }
  /** A new CANCEL, with the INVITE that it names when that is known. */
  | {
      readonly type: 'cancel';
      readonly record: ServerRecord;
      readonly invite: ServerRecord | undefined;
    }
  | {
      readonly type: 'response';
      readonly record: ClientRecord;
      readonly response: SipResponse;
      readonly source: Endpoint;
    }
  | {
      readonly type: 'failed';
      readonly record: ClientRecord;
      readonly cause: 'timeout' | 'transport-error' | 'cancelled';
    }
  /** New work that is not taken; nothing is remembered of it. */
  | { readonly type: 'shed'; readonly request: SipRequest; readonly source: Endpoint }
  /** The request waits for `locate`. */
  | { readonly type: 'locate'; readonly transaction: string; readonly target: LocationTarget }
  /** An address that DNS gave does not answer. */
  | { readonly type: 'unreachable'; readonly to: Endpoint }
  /** The request goes on to another address under its id; what may still come from here has this record. */
  | { readonly type: 'detached'; readonly record: ClientRecord; readonly transaction: string }
  | { readonly type: 'terminated'; readonly id: string };

/** What the two halves of the transaction layer share. */
export interface TransactionContext {
  readonly options: TransactionLayerOptions;
  readonly deadlines: DeadlineQueue<ClientRecord | ServerRecord>;
  readonly emit: (output: TransactionOutput) => void;
}
