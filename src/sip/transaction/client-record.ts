import type { MonotonicMs } from '../../core/time.ts';
import { earliest } from '../../core/timer-table.ts';
import { type Endpoint, isReliable } from '../endpoint.ts';
import type { Header } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { InviteClientTransaction } from './invite-client.ts';
import { NonInviteClientTransaction } from './non-invite-client.ts';
import type { TransactionTimers } from './timers.ts';
import { clientKey } from './transaction-key.ts';

/** The copy of a forwarded request for one address. */
export type Forwarding = (to: Endpoint) => SipRequest;

export interface ClientWay {
  readonly id: string;
  readonly to: Endpoint;
  readonly forwarding?: Forwarding | undefined;
}

/** A client transaction with what its machine does not need to know: the request, its bytes and the latest response. */
export class ClientRecord {
  /** Another one once the request goes on under it to another address. */
  id: string;
  readonly key: string;
  readonly request: SipRequest;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  readonly machine: InviteClientTransaction | NonInviteClientTransaction;
  response: { readonly message: SipResponse; readonly source: Endpoint } | undefined;
  /** Headers such as Reason that the user wants on the CANCEL. */
  cancelHeaders: readonly Header[] = [];
  sends = 0;
  /** Set for somebody else's request on its way through us. */
  readonly forwarding: Forwarding | undefined;
  /** Why the transport gave up, when it said so. */
  failureReason: string | undefined;
  /** DNS is asked where it goes; nothing has been sent. */
  isLocating = false;
  /** Where it may go when this address fails, best first (RFC 3263 section 4.3). */
  alternatives: readonly Endpoint[] = [];
  /** When the next address is tried although the timers of this one still run. */
  giveUpAt: MonotonicMs | undefined;
  /** The user hears of another record instead; only a 2xx of this one still matters. */
  isDetached = false;
  #isCancelled = false;
  /** More than 100 was heard: the request has arrived and goes nowhere else. */
  #hasArrived = false;

  constructor(request: SipRequest, way: ClientWay, timers: TransactionTimers, now: MonotonicMs) {
    this.id = way.id;
    this.to = way.to;
    this.forwarding = way.forwarding;
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

  /** Whether another address may be tried. */
  get canMoveOn(): boolean {
    return this.alternatives.length > 0 && !this.#isCancelled && !this.#hasArrived;
  }

  /** This address has been reached: another transport to it would say the same. */
  keepOtherAddresses(): void {
    const { host, port } = this.to;
    this.alternatives = this.alternatives.filter(
      (other) => other.host !== host || other.port !== port,
    );
  }

  get nextDeadline(): MonotonicMs | undefined {
    return earliest([this.machine.pollTimeout(), this.giveUpAt]);
  }

  receive(message: SipResponse, source: Endpoint, now: MonotonicMs): void {
    this.giveUpAt = undefined;
    if (message.statusCode > 100 && message.statusCode < 200) this.#hasArrived = true;
    if (!this.isFinal || message.statusCode >= 200) this.response = { message, source };
    this.machine.handleInput({ type: 'response', statusCode: message.statusCode }, now);
  }

  cancel(headers: readonly Header[], now: MonotonicMs): void {
    this.#isCancelled = true;
    this.giveUpAt = undefined;
    if (!(this.machine instanceof InviteClientTransaction)) return;
    this.cancelHeaders = headers;
    this.machine.handleInput({ type: 'cancel' }, now);
  }

  /** The request goes on elsewhere under the old id; this record is called `id` from now on. */
  detach(id: string, now: MonotonicMs): void {
    this.id = id;
    this.isDetached = true;
    this.giveUpAt = undefined;
    this.alternatives = [];
    if (this.machine instanceof InviteClientTransaction && !this.isFinal) {
      this.machine.handleInput({ type: 'abandon' }, now);
    }
  }
}
