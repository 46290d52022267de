import { assertNever } from '../../core/invariant.ts';
import { after, type MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import { locationTargetOf } from '../locate/location-target.ts';
import { buildHopRequest } from '../message/build-message.ts';
import type { Header } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { ClientRecord, type ClientWay, type Forwarding } from './client-record.ts';
import type { TransactionContext } from './transaction-io.ts';
import { clientKey, clientKeyOf } from './transaction-key.ts';

/**
 * How long an address that says nothing is waited for when there is another one, in units of T1: four transmissions of a
 * request. Timer B of RFC 3261 alone would let a caller listen to silence for half a minute per address.
 */
const PATIENCE_T1 = 8;
/** RFC 3261 section 18.1.1: what fits into any path whose MTU is not known. */
const MAX_DATAGRAM_REQUEST_BYTES = 1_300;
/** Longest wait for DNS, in units of T1 (as timers B and F). */
const LOCATING_T1 = 64;

/** The client transactions of one user agent: locating, sending, moving on to the next address, matching (RFC 3261 section 17.1.3). */
export class ClientTransactions {
  readonly #context: TransactionContext;
  readonly #clients = new Map<string, ClientRecord>();
  readonly #clientsById = new Map<string, ClientRecord>();

  constructor(context: TransactionContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#clients.size;
  }

  find(id: string): ClientRecord | undefined {
    return this.#clientsById.get(id);
  }

  /**
   * Whether this request is one of ours that came back: a Via of it is that of a transaction under way. What we only forwarded may
   * come by again (RFC 3261 section 16.3 step 4).
   */
  isOwn({ method, headers }: SipRequest): boolean {
    if (this.#clients.size === 0) return false;
    return headers.values('via').some((via) => {
      const record = this.#clients.get(clientKeyOf(via, method));
      return record !== undefined && record.forwarding === undefined;
    });
  }

  receive(response: SipResponse, source: Endpoint, now: MonotonicMs): boolean {
    const record = this.#clients.get(clientKey(response));
    if (record === undefined) return false;
    record.receive(response, source, now);
    this.#settle(record, now);
    return true;
  }

  send(
    request: SipRequest,
    to: Endpoint,
    now: MonotonicMs,
    id: string = this.#context.options.createId(),
  ): ClientRecord {
    return this.#send(request, { id, to }, now);
  }

  #send(request: SipRequest, way: ClientWay, now: MonotonicMs): ClientRecord {
    const { id, to } = way;
    const target = locationTargetOf(to);
    if (target === undefined) return this.#start(request, way, [], now);
    const record = new ClientRecord(request, way, this.#context.options.timers, now);
    record.isLocating = true;
    this.#clientsById.set(id, record);
    this.#context.emit({ type: 'locate', transaction: id, target });
    this.#context.deadlines.set(
      record,
      after(now, LOCATING_T1 * this.#context.options.timers.t1Ms),
    );
    return record;
  }

  /** Sends somebody else's request on; `forwarding` makes the copy for an address, each with a branch of its own. */
  forward(to: Endpoint, forwarding: Forwarding, now: MonotonicMs): ClientRecord {
    return this.#send(
      forwarding(to),
      { id: this.#context.options.createId(), to, forwarding },
      now,
    );
  }

  /** Where DNS says that a request goes, best first; at least one. */
  locate(id: string, endpoints: readonly Endpoint[], now: MonotonicMs): void {
    const record = this.#clientsById.get(id);
    const [to, ...others] = endpoints;
    if (record?.isLocating !== true || to === undefined) return;
    this.#context.deadlines.set(record, undefined);
    const { forwarding } = record;
    const request = forwarding?.(to) ?? this.#context.options.readdress(record.request, to, true);
    this.#start(request, { id, to, forwarding }, others, now);
  }

  /** False when there is nothing left to cancel (RFC 3261 section 9.1). */
  cancel(id: string, headers: readonly Header[], now: MonotonicMs): ClientRecord | undefined {
    const record = this.#clientsById.get(id);
    if (record === undefined || record.isFinal || record.request.method !== 'INVITE') {
      return undefined;
    }
    if (record.isLocating) this.#failUnsent(record, 'cancelled');
    else {
      record.cancel(headers, now);
      this.#settle(record, now);
    }
    return record;
  }

  /** `name` is the transaction of a `send`, or the id of one that waits for {@link locate}. */
  handleTransportFailure(name: string, reason: string, now: MonotonicMs): void {
    const record = this.#clients.get(name) ?? this.#clientsById.get(name);
    if (record === undefined) return;
    record.failureReason = reason;
    if (record.isLocating) {
      this.#failUnsent(record, 'transport-error');
      return;
    }
    record.machine.handleInput({ type: 'transport-error' }, now);
    this.#settle(record, now);
  }

  handleTimeout(record: ClientRecord, now: MonotonicMs): void {
    if (record.isLocating) {
      this.#failUnsent(record, 'timeout');
      return;
    }
    record.machine.handleTimeout(now);
    this.#settle(record, now);
    const isLate = record.giveUpAt !== undefined && record.giveUpAt <= now;
    if (isLate && this.#moveOn(record, now)) {
      if (record.request.method === 'INVITE') this.#settle(record, now);
      else this.#remove(record);
    }
  }

  /** A new client transaction on the wire. */
  #start(
    request: SipRequest,
    way: ClientWay,
    alternatives: readonly Endpoint[],
    now: MonotonicMs,
  ): ClientRecord {
    const { timers } = this.#context.options;
    const record = this.#sized(new ClientRecord(request, way, timers, now), now);
    record.alternatives = [...record.alternatives, ...alternatives];
    if (alternatives.length > 0) record.giveUpAt = after(now, PATIENCE_T1 * timers.t1Ms);
    this.#clients.set(record.key, record);
    this.#clientsById.set(record.id, record);
    this.#settle(record, now);
    return record;
  }

  #moveOnAfter(
    cause: 'timeout' | 'transport-error',
    record: ClientRecord,
    now: MonotonicMs,
  ): boolean {
    return cause === 'timeout' ? this.#leaveAddress(record, now) : this.#moveOn(record, now);
  }

  /** The address was reached and will not do: another transport to it would be no different. */
  #leaveAddress(record: ClientRecord, now: MonotonicMs): boolean {
    record.keepOtherAddresses();
    return this.#moveOn(record, now);
  }

  /** RFC 3261 section 18.1.1: what is too large for a datagram goes over TCP, and over UDP where there is no TCP. */
  #sized(record: ClientRecord, now: MonotonicMs): ClientRecord {
    const { id, forwarding, request, to } = record;
    const isDatagram = to.transport === 'udp' && to.isTransportOpen === true;
    if (!isDatagram || record.bytes.length <= MAX_DATAGRAM_REQUEST_BYTES) return record;
    const overTcp: Endpoint = { ...to, transport: 'tcp', isTransportOpen: false };
    const large = forwarding?.(overTcp) ?? this.#context.options.readdress(request, overTcp, true);
    const way = { id, to: overTcp, forwarding };
    const sized = new ClientRecord(large, way, this.#context.options.timers, now);
    sized.alternatives = [{ ...to, isTransportOpen: false }];
    return sized;
  }

  /** RFC 3263 section 4.3: the next address with a new branch, under the same id. False when there is none, or none is allowed. */
  #moveOn(record: ClientRecord, now: MonotonicMs): boolean {
    const [to, ...others] = record.alternatives;
    if (to === undefined || !record.canMoveOn) return false;
    const { id, forwarding } = record;
    if (!record.isFinal) this.#context.emit({ type: 'unreachable', to: record.to });
    const request = forwarding?.(to) ?? this.#context.options.readdress(record.request, to, false);
    record.detach(this.#context.options.createId(), now);
    this.#clientsById.set(record.id, record);
    this.#context.emit({ type: 'detached', record, transaction: id });
    this.#start(request, { id, to, forwarding }, others, now);
    return true;
  }

  #failUnsent(record: ClientRecord, cause: 'timeout' | 'transport-error' | 'cancelled'): void {
    this.#context.emit({ type: 'failed', record, cause });
    this.#remove(record);
  }

  #settle(record: ClientRecord, now: MonotonicMs): void {
    let isOver = false;
    for (let output = record.machine.pollOutput(); output; output = record.machine.pollOutput()) {
      switch (output.type) {
        case 'send-invite':
        case 'send-request':
          this.#sendRequest(record);
          break;
        case 'send-ack':
          this.#sendAck(record);
          break;
        case 'send-cancel':
          this.send(
            buildHopRequest(record.request, 'CANCEL', { headers: record.cancelHeaders }),
            record.to,
            now,
          );
          break;
        case 'response':
          if (output.statusCode === 503 && this.#leaveAddress(record, now)) break;
          this.#outputResponse(record);
          break;
        case 'failed':
          if (this.#moveOnAfter(output.cause, record, now) || record.isDetached) break;
          this.#context.emit({ type: 'failed', record, cause: output.cause });
          break;
        case 'terminated':
          isOver = true;
          break;
        default:
          assertNever(output);
      }
    }
    if (isOver) this.#remove(record);
    else this.#context.deadlines.set(record, record.nextDeadline);
  }

  #sendRequest(record: ClientRecord): void {
    record.sends++;
    this.#context.emit({
      type: 'send',
      bytes: record.bytes,
      to: record.to,
      transaction: record.key,
      isRetransmission: record.sends > 1,
    });
  }

  #sendAck(record: ClientRecord): void {
    const to = record.response?.message.headers.first('to');
    this.#context.emit({
      type: 'send',
      bytes: serializeMessage(buildHopRequest(record.request, 'ACK', { to })),
      to: record.to,
      transaction: undefined,
      isRetransmission: false,
    });
  }

  #outputResponse(record: ClientRecord): void {
    if (record.response === undefined) return;
    if (record.isDetached && !isSuccess(record.response.message)) return;
    const { message, source } = record.response;
    this.#context.emit({ type: 'response', record, response: message, source });
  }

  #remove(record: ClientRecord): void {
    this.#context.deadlines.set(record, undefined);
    if (this.#clients.get(record.key) === record) this.#clients.delete(record.key);
    this.#clientsById.delete(record.id);
    this.#context.emit({ type: 'terminated', id: record.id });
  }
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}
