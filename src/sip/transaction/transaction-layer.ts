import { DeadlineQueue } from '../../core/deadline-queue.ts';
import type { MonotonicMs } from '../../core/time.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Header } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { ClientRecord, type Forwarding } from './client-record.ts';
import { ClientTransactions } from './client-transactions.ts';
import type { ServerRecord } from './server-record.ts';
import { ServerTransactions } from './server-transactions.ts';
import type { SendOutput, TransactionLayerOptions, TransactionOutput } from './transaction-io.ts';

/** All transactions of one user agent: matching (RFC 3261 sections 17.1.3 and 17.2.3), their timers, their bytes. */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #deadlines = new DeadlineQueue<ClientRecord | ServerRecord>();
  readonly #clients: ClientTransactions;
  readonly #servers: ServerTransactions;
  #outputs: TransactionOutput[] = [];

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    const emit = (output: TransactionOutput) => {
      this.#outputs.push(output);
    };
    const context = { options, deadlines: this.#deadlines, emit };
    this.#clients = new ClientTransactions(context);
    this.#servers = new ServerTransactions(context);
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Requests that found no room (`maxServerTransactions`). */
  get overflow(): number {
    return this.#servers.overflow;
  }

  /** Calls that came in and have no final answer yet. */
  get callsInSetUp(): number {
    return this.#servers.callsInSetUp;
  }

  get pendingTimers(): number {
    return this.#deadlines.size;
  }

  /** While set, requests that would begin something new are `shed`. What has begun is served. */
  set isOverloaded(isOverloaded: boolean) {
    this.#servers.isOverloaded = isOverloaded;
  }

  server(id: string): ServerRecord | undefined {
    return this.#servers.find(id);
  }

  client(id: string): ClientRecord | undefined {
    return this.#clients.find(id);
  }

  /** Whether this request is one of ours that came back. */
  isOwn(request: SipRequest): boolean {
    return this.#clients.isOwn(request);
  }

  receiveRequest(request: SipRequest, source: Endpoint, now: MonotonicMs): void {
    this.#servers.receive(request, source, now);
  }

  receiveResponse(response: SipResponse, source: Endpoint, now: MonotonicMs): boolean {
    return this.#clients.receive(response, source, now);
  }

  /** Sends an answer. Undefined when the transaction is gone or has had its final answer. */
  respond(id: string, response: SipResponse, now: MonotonicMs): Uint8Array | undefined {
    return this.#servers.respond(id, response, now);
  }

  /** Forgets a request that nobody answered; nothing is sent. */
  forget(id: string): void {
    this.#servers.forget(id);
  }

  send(
    request: SipRequest,
    to: Endpoint,
    now: MonotonicMs,
    id: string = this.#options.createId(),
  ): ClientRecord {
    return this.#clients.send(request, to, now, id);
  }

  /** Sends somebody else's request on; `forwarding` makes the copy for an address, each with a branch of its own. */
  forward(to: Endpoint, forwarding: Forwarding, now: MonotonicMs): ClientRecord {
    return this.#clients.forward(to, forwarding, now);
  }

  /** Where DNS says that a request goes, best first; at least one. */
  locate(id: string, endpoints: readonly Endpoint[], now: MonotonicMs): void {
    this.#clients.locate(id, endpoints, now);
  }

  /** Undefined when there is nothing left to cancel (RFC 3261 section 9.1). */
  cancel(id: string, headers: readonly Header[], now: MonotonicMs): ClientRecord | undefined {
    return this.#clients.cancel(id, headers, now);
  }

  /** `name` is the transaction of a `send`, or the id of one that waits for {@link locate}. */
  handleTransportFailure(name: string, reason: string, now: MonotonicMs): void {
    this.#clients.handleTransportFailure(name, reason, now);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let next = this.#deadlines.takeDue(now); next; next = this.#deadlines.takeDue(now)) {
      if (next instanceof ClientRecord) this.#clients.handleTimeout(next, now);
      else this.#servers.handleTimeout(next, now);
    }
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
}
