import type { MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { tagOf } from '../name-addr.ts';
import { ServerLoad } from './server-load.ts';
import { ServerRecord } from './server-record.ts';
import type { TransactionContext } from './transaction-io.ts';
import { serverKey } from './transaction-key.ts';

/** The server transactions of one user agent: matching (RFC 3261 section 17.2.3), answering, and what is not taken at all. */
export class ServerTransactions {
  readonly #context: TransactionContext;
  readonly #servers = new Map<string, ServerRecord>();
  readonly #serversById = new Map<string, ServerRecord>();
  readonly #load: ServerLoad;
  /** INVITEs outside of dialogs without a final answer. */
  readonly #callsInSetUp = new Set<ServerRecord>();

  /** While set, requests that would begin something new are `shed`. What has begun is served. */
  isOverloaded = false;
  #overflow = 0;

  constructor(context: TransactionContext) {
    this.#context = context;
    this.#load = new ServerLoad(context.options.maxServerTransactions);
  }

  get size(): number {
    return this.#servers.size;
  }

  get overflow(): number {
    return this.#overflow;
  }

  get callsInSetUp(): number {
    return this.#callsInSetUp.size;
  }

  find(id: string): ServerRecord | undefined {
    return this.#serversById.get(id);
  }

  receive(request: SipRequest, source: Endpoint, now: MonotonicMs): void {
    if (request.method === 'ACK') {
      this.#receiveAck(request, source, now);
      return;
    }
    const key = serverKey(request, request.method);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      if (!known.isRepeatedBy(request)) return;
      known.repeat(now);
      this.#settle(known);
      return;
    }
    if (this.isOverloaded && isNewWork(request)) {
      this.#context.emit({ type: 'shed', request, source });
      return;
    }
    if (!this.#load.admits({ request, source })) {
      this.#overflow++;
      return;
    }
    const record = new ServerRecord(
      { id: this.#context.options.createId(), key },
      request,
      source,
      this.#context.options.timers,
    );
    this.#load.add(record);
    if (request.method === 'INVITE' && isNewWork(request)) this.#callsInSetUp.add(record);
    this.#servers.set(key, record);
    this.#serversById.set(record.id, record);
    if (request.method !== 'CANCEL') this.#context.emit({ type: 'request', record });
    else {
      const invite = this.#servers.get(serverKey(request, 'INVITE'));
      this.#context.emit({ type: 'cancel', record, invite });
    }
  }

  /** Sends an answer. False when the transaction is gone or has had its final answer. */
  respond(id: string, response: SipResponse, now: MonotonicMs): Uint8Array | undefined {
    const record = this.#serversById.get(id);
    if (record === undefined || record.isFinal) return undefined;
    const bytes = serializeMessage(response);
    record.respond(response.statusCode, bytes, now);
    if (record.isFinal) this.#callsInSetUp.delete(record);
    this.#settle(record);
    return bytes;
  }

  /** Forgets a request that nobody answered; nothing is sent. */
  forget(id: string): void {
    const record = this.#serversById.get(id);
    if (record !== undefined && !record.isFinal) this.#remove(record);
  }

  handleTimeout(record: ServerRecord, now: MonotonicMs): void {
    record.machine.handleTimeout(now);
    this.#settle(record);
  }

  #receiveAck(request: SipRequest, source: Endpoint, now: MonotonicMs): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'));
    const isFor2xx = invite === undefined || invite.statusCode < 300;
    if (isFor2xx) {
      this.#context.emit({ type: 'ack', request, source });
      return;
    }
    invite.acknowledge(now);
    this.#settle(invite);
  }

  #settle(record: ServerRecord): void {
    for (let output = record.machine.pollOutput(); output; output = record.machine.pollOutput()) {
      if (output.type === 'terminated') {
        this.#remove(record);
        return;
      }
      this.#context.emit({
        type: 'send',
        bytes: record.responseBytes,
        to: record.responseTo,
        transaction: undefined,
        isRetransmission: output.isRetransmission,
      });
    }
    this.#context.deadlines.set(record, record.machine.pollTimeout());
  }

  #remove(record: ServerRecord): void {
    this.#load.remove(record);
    this.#callsInSetUp.delete(record);
    this.#context.deadlines.set(record, undefined);
    this.#servers.delete(record.key);
    this.#serversById.delete(record.id);
    this.#context.emit({ type: 'terminated', id: record.id });
  }
}

/** A call or a question whether we take calls, outside of any dialog. */
function isNewWork({ method, headers }: SipRequest): boolean {
  const isNew = tagOf(headers.first('to')) === undefined;
  return isNew && (method === 'INVITE' || method === 'OPTIONS');
}
