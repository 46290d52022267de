import { DeadlineQueue } from '../../core/deadline-queue.ts';
import { assertNever } from '../../core/invariant.ts';
import { after, type MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import { type LocationTarget, locationTargetOf } from '../locate/location-target.ts';
import { buildHopRequest } from '../message/build-message.ts';
import type { Header } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { tagOf } from '../name-addr.ts';
import { ClientRecord, type ClientWay, type Forwarding } from './client-record.ts';
import { ServerLoad } from './server-load.ts';
import { ServerRecord } from './server-record.ts';
import type { TransactionTimers } from './timers.ts';
import { clientKey, clientKeyOf, serverKey } from './transaction-key.ts';

export interface TransactionLayerOptions {
  readonly timers: TransactionTimers;
  /** A new opaque transaction id, unique in this process. */
  readonly createId: () => string;
  /** Server transactions of up to 4 KB kept at most, larger ones for several; what comes beyond is not answered. */
  readonly maxServerTransactions: number;
  /** The same request for another way: its own Via with another branch, and its own Contact. */
  readonly readdress: (request: SipRequest, to: Endpoint, isFirst: boolean) => SipRequest;
}

/**
 * How long an address that says nothing is waited for when there is another one, in units of T1: four transmissions of a
 * request. Timer B of RFC 3261 alone would let a caller listen to silence for half a minute per address.
 */
const PATIENCE_T1 = 8;
/** RFC 3261 section 18.1.1: what fits into any path whose MTU is not known. */
const MAX_DATAGRAM_REQUEST_BYTES = 1_300;
/** Longest wait for DNS, in units of T1 (as timers B and F). */
const LOCATING_T1 = 64;

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
  /** The request waits for {@link TransactionLayer.locate}. */
  | { readonly type: 'locate'; readonly transaction: string; readonly target: LocationTarget }
  /** An address that DNS gave does not answer. */
  | { readonly type: 'unreachable'; readonly to: Endpoint }
  /** The request goes on to another address under its id; what may still come from here has this record. */
  | { readonly type: 'detached'; readonly record: ClientRecord; readonly transaction: string }
  | { readonly type: 'terminated'; readonly id: string };

/** All transactions of one user agent: matching (RFC 3261 sections 17.1.3 and 17.2.3), their timers, their bytes. */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #clients = new Map<string, ClientRecord>();
  readonly #clientsById = new Map<string, ClientRecord>();
  readonly #servers = new Map<string, ServerRecord>();
  readonly #serversById = new Map<string, ServerRecord>();
  readonly #load: ServerLoad;
  /** INVITEs outside of dialogs without a final answer. */
  readonly #callsInSetUp = new Set<ServerRecord>();
  readonly #deadlines = new DeadlineQueue<ClientRecord | ServerRecord>();
  #outputs: TransactionOutput[] = [];

  /** While set, requests that would begin something new are `shed`. What has begun is served. */
  isOverloaded = false;
  #overflow = 0;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#load = new ServerLoad(options.maxServerTransactions);
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Requests that found no room (`maxServerTransactions`). */
  get overflow(): number {
    return this.#overflow;
  }

  /** Calls that came in and have no final answer yet. */
  get callsInSetUp(): number {
    return this.#callsInSetUp.size;
  }

  get pendingTimers(): number {
    return this.#deadlines.size;
  }

  server(id: string): ServerRecord | undefined {
    return this.#serversById.get(id);
  }

  client(id: string): ClientRecord | undefined {
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

  receiveRequest(request: SipRequest, source: Endpoint, now: MonotonicMs): void {
    if (request.method === 'ACK') {
      this.#receiveAck(request, source, now);
      return;
    }
    const key = serverKey(request, request.method);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      if (!known.isRepeatedBy(request)) return;
      known.repeat(now);
      this.#settleServer(known);
      return;
    }
    if (this.isOverloaded && isNewWork(request)) {
      this.#outputs.push({ type: 'shed', request, source });
      return;
    }
    if (!this.#load.admits({ request, source })) {
      this.#overflow++;
      return;
    }
    const record = new ServerRecord(
      { id: this.#options.createId(), key },
      request,
      source,
      this.#options.timers,
    );
    this.#load.add(record);
    if (request.method === 'INVITE' && isNewWork(request)) this.#callsInSetUp.add(record);
    this.#servers.set(key, record);
    this.#serversById.set(record.id, record);
    if (request.method !== 'CANCEL') this.#outputs.push({ type: 'request', record });
    else {
      const invite = this.#servers.get(serverKey(request, 'INVITE'));
      this.#outputs.push({ type: 'cancel', record, invite });
    }
  }

  receiveResponse(response: SipResponse, source: Endpoint, now: MonotonicMs): boolean {
    const record = this.#clients.get(clientKey(response));
    if (record === undefined) return false;
    record.receive(response, source, now);
    this.#settleClient(record, now);
    return true;
  }

  /** Sends an answer. False when the transaction is gone or has had its final answer. */
  respond(id: string, response: SipResponse, now: MonotonicMs): Uint8Array | undefined {
    const record = this.#serversById.get(id);
    if (record === undefined || record.isFinal) return undefined;
    const bytes = serializeMessage(response);
    record.respond(response.statusCode, bytes, now);
    if (record.isFinal) this.#callsInSetUp.delete(record);
    this.#settleServer(record);
    return bytes;
  }

  /** Forgets a request that nobody answered; nothing is sent. */
  forget(id: string): void {
    const record = this.#serversById.get(id);
    if (record !== undefined && !record.isFinal) this.#removeServer(record);
  }

  send(
    request: SipRequest,
    to: Endpoint,
    now: MonotonicMs,
    id: string = this.#options.createId(),
  ): ClientRecord {
    return this.#send(request, { id, to }, now);
  }

  #send(request: SipRequest, way: ClientWay, now: MonotonicMs): ClientRecord {
    const { id, to } = way;
    const target = locationTargetOf(to);
    if (target === undefined) return this.#start(request, way, [], now);
    const record = new ClientRecord(request, way, this.#options.timers, now);
    record.isLocating = true;
    this.#clientsById.set(id, record);
    this.#outputs.push({ type: 'locate', transaction: id, target });
    this.#deadlines.set(record, after(now, LOCATING_T1 * this.#options.timers.t1Ms));
    return record;
  }

  /** Sends somebody else's request on; `forwarding` makes the copy for an address, each with a branch of its own. */
  forward(to: Endpoint, forwarding: Forwarding, now: MonotonicMs): ClientRecord {
    return this.#send(forwarding(to), { id: this.#options.createId(), to, forwarding }, now);
  }

  /** Where DNS says that a request goes, best first; at least one. */
  locate(id: string, endpoints: readonly Endpoint[], now: MonotonicMs): void {
    const record = this.#clientsById.get(id);
    const [to, ...others] = endpoints;
    if (record?.isLocating !== true || to === undefined) return;
    this.#deadlines.set(record, undefined);
    const { forwarding } = record;
    const request = forwarding?.(to) ?? this.#options.readdress(record.request, to, true);
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
      this.#settleClient(record, now);
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
    this.#settleClient(record, now);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let next = this.#deadlines.takeDue(now); next; next = this.#deadlines.takeDue(now)) {
      if (next instanceof ClientRecord) this.#handleClientTimeout(next, now);
      else {
        next.machine.handleTimeout(now);
        this.#settleServer(next);
      }
    }
  }

  #handleClientTimeout(record: ClientRecord, now: MonotonicMs): void {
    if (record.isLocating) {
      this.#failUnsent(record, 'timeout');
      return;
    }
    record.machine.handleTimeout(now);
    this.#settleClient(record, now);
    const isLate = record.giveUpAt !== undefined && record.giveUpAt <= now;
    if (isLate && this.#moveOn(record, now)) {
      if (record.request.method === 'INVITE') this.#settleClient(record, now);
      else this.#removeClient(record);
    }
  }

  /** A new client transaction on the wire. */
  #start(
    request: SipRequest,
    way: ClientWay,
    alternatives: readonly Endpoint[],
    now: MonotonicMs,
  ): ClientRecord {
    const { timers } = this.#options;
    const record = this.#sized(new ClientRecord(request, way, timers, now), now);
    record.alternatives = [...record.alternatives, ...alternatives];
    if (alternatives.length > 0) record.giveUpAt = after(now, PATIENCE_T1 * timers.t1Ms);
    this.#clients.set(record.key, record);
    this.#clientsById.set(record.id, record);
    this.#settleClient(record, now);
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
    const large = forwarding?.(overTcp) ?? this.#options.readdress(request, overTcp, true);
    const way = { id, to: overTcp, forwarding };
    const sized = new ClientRecord(large, way, this.#options.timers, now);
    sized.alternatives = [{ ...to, isTransportOpen: false }];
    return sized;
  }

  /** RFC 3263 section 4.3: the next address with a new branch, under the same id. False when there is none, or none is allowed. */
  #moveOn(record: ClientRecord, now: MonotonicMs): boolean {
    const [to, ...others] = record.alternatives;
    if (to === undefined || !record.canMoveOn) return false;
    const { id, forwarding } = record;
    if (!record.isFinal) this.#outputs.push({ type: 'unreachable', to: record.to });
    const request = forwarding?.(to) ?? this.#options.readdress(record.request, to, false);
    record.detach(this.#options.createId(), now);
    this.#clientsById.set(record.id, record);
    this.#outputs.push({ type: 'detached', record, transaction: id });
    this.#start(request, { id, to, forwarding }, others, now);
    return true;
  }

  #failUnsent(record: ClientRecord, cause: 'timeout' | 'transport-error' | 'cancelled'): void {
    this.#outputs.push({ type: 'failed', record, cause });
    this.#removeClient(record);
  }

  pollOutput(): TransactionOutput | undefined {
    return this.#outputs.shift();
  }

  /** Takes what waits to be sent ahead of the other outputs. */
  takeSends(): readonly SendOutput[] {
    const sends = this.#outputs.filter((output) => output.type === 'send');
    if (sends.length > 0) this.#outputs = this.#outputs.filter(({ type }) => type !== 'send');
    return sends;
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#deadlines.nextDeadline();
  }

  #receiveAck(request: SipRequest, source: Endpoint, now: MonotonicMs): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'));
    const isFor2xx = invite === undefined || invite.statusCode < 300;
    if (isFor2xx) {
      this.#outputs.push({ type: 'ack', request, source });
      return;
    }
    invite.acknowledge(now);
    this.#settleServer(invite);
  }

  #settleServer(record: ServerRecord): void {
    for (let output = record.machine.pollOutput(); output; output = record.machine.pollOutput()) {
      if (output.type === 'terminated') {
        this.#removeServer(record);
        return;
      }
      this.#outputs.push({
        type: 'send',
        bytes: record.responseBytes,
        to: record.responseTo,
        transaction: undefined,
        isRetransmission: output.isRetransmission,
      });
    }
    this.#deadlines.set(record, record.machine.pollTimeout());
  }

  #settleClient(record: ClientRecord, now: MonotonicMs): void {
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
          this.#outputs.push({ type: 'failed', record, cause: output.cause });
          break;
        case 'terminated':
          isOver = true;
          break;
        default:
          assertNever(output);
      }
    }
    if (isOver) this.#removeClient(record);
    else this.#deadlines.set(record, record.nextDeadline);
  }

  #sendRequest(record: ClientRecord): void {
    record.sends++;
    this.#outputs.push({
      type: 'send',
      bytes: record.bytes,
      to: record.to,
      transaction: record.key,
      isRetransmission: record.sends > 1,
    });
  }

  #sendAck(record: ClientRecord): void {
    const to = record.response?.message.headers.first('to');
    this.#outputs.push({
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
    this.#outputs.push({ type: 'response', record, response: message, source });
  }

  #removeServer(record: ServerRecord): void {
    this.#load.remove(record);
    this.#callsInSetUp.delete(record);
    this.#deadlines.set(record, undefined);
    this.#servers.delete(record.key);
    this.#serversById.delete(record.id);
    this.#outputs.push({ type: 'terminated', id: record.id });
  }

  #removeClient(record: ClientRecord): void {
    this.#deadlines.set(record, undefined);
    if (this.#clients.get(record.key) === record) this.#clients.delete(record.key);
    this.#clientsById.delete(record.id);
    this.#outputs.push({ type: 'terminated', id: record.id });
  }
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** A call or a question whether we take calls, outside of any dialog. */
function isNewWork({ method, headers }: SipRequest): boolean {
  const isNew = tagOf(headers.first('to')) === undefined;
  return isNew && (method === 'INVITE' || method === 'OPTIONS');
}
