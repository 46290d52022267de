import type { MonotonicMs } from '../../core/time.ts';
import { type Endpoint, isReliable } from '../endpoint.ts';
import type { Header } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { InviteClientTransaction } from './invite-client.ts';
import { NonInviteClientTransaction } from './non-invite-client.ts';
import type { TransactionTimers } from './timers.ts';
import { clientKey } from './transaction-key.ts';

/** A client transaction with what its machine does not need to know: the request, its bytes and the latest response. */
export class ClientRecord {
  readonly id: string;
  readonly key: string;
  readonly request: SipRequest;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  readonly machine: InviteClientTransaction | NonInviteClientTransaction;
  response: { readonly message: SipResponse; readonly source: Endpoint } | undefined;
  /** Headers such as Reason that the user wants on the CANCEL. */
  cancelHeaders: readonly Header[] = [];
  sends = 0;
  /** Why the transport gave up, when it said so. */
  failureReason: string | undefined;

  constructor(
    request: SipRequest,
    way: { readonly id: string; readonly to: Endpoint },
    timers: TransactionTimers,
    now: MonotonicMs,
  ) {
    this.id = way.id;
    this.to = way.to;
    this.key = clientKey(request);
    this.request = request;
    this.bytes = serializeMessage(request);
    const options = { ...timers, reliableTransport: isReliable(way.to.transport) };
    this.machine =
      request.method === 'INVITE'
        ? new InviteClientTransaction(options, now)
        : new NonInviteClientTransaction(options, now);
  }

  get isFinal(): boolean {
    return (this.response?.message.statusCode ?? 0) >= 200;
  }

  receive(message: SipResponse, source: Endpoint, now: MonotonicMs): void {
    if (!this.isFinal || message.statusCode >= 200) this.response = { message, source };
    this.machine.handleInput({ type: 'response', statusCode: message.statusCode }, now);
  }

  cancel(headers: readonly Header[], now: MonotonicMs): void {
    if (!(this.machine instanceof InviteClientTransaction)) return;
    this.cancelHeaders = headers;
    this.machine.handleInput({ type: 'cancel' }, now);
  }
}
