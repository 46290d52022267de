import { DeadlineQueue } from '../core/deadline-queue.ts';
import { assertNever } from '../core/invariant.ts';
import { after, type MonotonicMs, monotonicMs } from '../core/time.ts';
import { UserAgent } from '../sip/user-agent.ts';
import type { UserAgentOutput } from '../sip/user-agent-io.ts';
import { CallRecords } from './call-records.ts';
import { ClientCommands } from './client-commands.ts';
import { ClientMessages } from './client-messages.ts';
import { type Connection, Connections } from './connections.ts';
import type {
  DrachtioServerInput,
  DrachtioServerOptions,
  DrachtioServerOutput,
  DrachtioServerStats,
} from './drachtio-server-io.ts';
import { EarlyUpdates } from './early-updates.ts';
import { KNOWN_METHODS, NEWS_WHILE_EARLY, UNROUTABLE } from './method-rules.ts';
import { ProxyReplies } from './proxy-replies.ts';

/**
 * The drachtio application protocol around a {@link UserAgent}: what drachtio-srf believes to be a drachtio-server.
 *
 * A connection is anonymous, then authenticated, then gone; only `authenticate` is heard from an anonymous one. A new request goes
 * to one of the connections that routed its method, and everything of its dialog to the same. When that connection is
 * gone, its unanswered requests get 503, or 481 in a dialog, its INVITEs are cancelled, its calls end with a BYE, and what comes in
 * its dialogs meanwhile gets 481.
 *
 * Feed one input, drain {@link pollOutput} to `undefined`, sleep until {@link pollTimeout}.
 */
export class DrachtioServer {
  readonly #options: DrachtioServerOptions;
  readonly #ua: UserAgent;
  readonly #connections = new Connections();
  readonly #transactionOwners = new Map<string, number>();
  readonly #dialogOwners = new Map<string, number>();
  /** Requests in a dialog that an application has: without it they get another refusal. */
  readonly #inDialog = new Set<string>();
  readonly #earlyUpdates = new EarlyUpdates();
  readonly #proxied = new ProxyReplies();
  readonly #records = new CallRecords((record) => this.#messages.notifyRecord(record, this.#now));
  /** Requests that an application has not reacted to at all. */
  readonly #unanswered = new DeadlineQueue<string>();
  readonly #outputs: DrachtioServerOutput[] = [];
  readonly #messages: ClientMessages;
  readonly #commands: ClientCommands;
  /** The point in time of the input that is being handled. */
  #now: MonotonicMs = monotonicMs(0);

  constructor(options: DrachtioServerOptions) {
    this.#options = options;
    this.#ua = new UserAgent(options);
    const { identity } = this.#ua;
    const connections = this.#connections;
    const emit = (output: DrachtioServerOutput) => {
      this.#outputs.push(output);
    };
    this.#messages = new ClientMessages({ options, identity, connections, emit });
    this.#commands = new ClientCommands({
      options,
      ua: this.#ua,
      messages: this.#messages,
      connections,
      transactionOwners: this.#transactionOwners,
      dialogOwners: this.#dialogOwners,
      unanswered: this.#unanswered,
      earlyUpdates: this.#earlyUpdates,
      proxied: this.#proxied,
      records: this.#records,
      drop: (connection, now) => this.#drop(connection, now),
    });
  }

  get stats(): DrachtioServerStats {
    const owned = this.#transactionOwners.size + this.#dialogOwners.size + this.#proxied.size;
    return { ...this.#ua.stats, owned, waiting: this.#unanswered.size };
  }

  handleInput(input: DrachtioServerInput, now: MonotonicMs): void {
    this.#now = now;
    switch (input.type) {
      case 'client-connected':
        this.#connections.open(input.connection);
        break;
      case 'client-bytes':
        this.#handleClientBytes(input.connection, input.bytes, now);
        break;
      case 'client-closed':
        this.#handleClientClosed(input.connection, now);
        break;
      case 'sip-received':
        this.#ua.handleInput({ type: 'received', bytes: input.bytes, source: input.source }, now);
        break;
      case 'sip-stranger':
        this.#ua.handleInput({ ...input, type: 'challenge' }, now);
        break;
      case 'sip-overloaded':
        this.#ua.handleInput({ ...input, type: 'overloaded' }, now);
        break;
      case 'sip-located': {
        const { transaction, endpoints } = input;
        this.#ua.handleInput({ type: 'located', transaction, endpoints }, now);
        break;
      }
      case 'sip-failed': {
        const { transaction, reason } = input;
        this.#ua.handleInput({ type: 'transport-failed', transaction, reason }, now);
        break;
      }
      default:
        assertNever(input);
    }
    this.#drain(now);
  }

  handleTimeout(now: MonotonicMs): void {
    this.#now = now;
    this.#ua.handleTimeout(now);
    const queue = this.#unanswered;
    for (let due = queue.takeDue(now); due; due = queue.takeDue(now)) this.#ua.forget(due, now);
    this.#drain(now);
  }

  pollOutput(): DrachtioServerOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    const first = this.#ua.pollTimeout();
    const second = this.#unanswered.nextDeadline();
    if (first === undefined || second === undefined) return first ?? second;
    return monotonicMs(Math.min(first, second));
  }

  #handleClientBytes(id: number, bytes: Uint8Array, now: MonotonicMs): void {
    const connection = this.#connections.find(id);
    if (connection === undefined) return;
    for (const frame of connection.decoder.push(bytes)) {
      if (this.#connections.find(id) === undefined) return;
      this.#commands.handle(connection, frame, now);
      this.#drain(now);
    }
    for (const head of connection.decoder.takeRefused())
      this.#commands.refuse(connection, head, now);
    if (connection.decoder.isBroken) this.#drop(connection, now);
  }

  #handleClientClosed(id: number, now: MonotonicMs): void {
    if (this.#connections.find(id) === undefined) return;
    this.#connections.close(id);
    this.#proxied.closeConnection(id);
    for (const [transaction, owner] of this.#transactionOwners) {
      if (owner !== id) continue;
      this.#transactionOwners.delete(transaction);
      this.#unanswered.set(transaction, undefined);
      this.#ua.abandon(transaction, now);
      this.#ua.refuse(transaction, this.#inDialog.delete(transaction) ? 481 : 503, now);
    }
    for (const [dialog, owner] of this.#dialogOwners) {
      if (owner === id) this.#ua.endOrphan(dialog, now);
    }
  }

  #drop(connection: Connection, now: MonotonicMs): void {
    this.#outputs.push({ type: 'client-close', connection: connection.id });
    this.#handleClientClosed(connection.id, now);
  }

  #reportProxied(
    output: UserAgentOutput & { readonly type: 'proxy-response' },
    now: MonotonicMs,
  ): void {
    const listener = this.#proxied.find(output.transaction);
    if (listener !== undefined) this.#messages.replyProxied(listener, output, now);
  }

  #endProxied(transaction: string): void {
    const listener = this.#proxied.take(transaction);
    if (listener !== undefined)
      this.#messages.reply(listener.connection, listener.message, ['OK', 'done']);
  }

  #drain(now: MonotonicMs): void {
    for (let output = this.#ua.pollOutput(); output; output = this.#ua.pollOutput()) {
      this.#handleUserAgent(output, now);
    }
  }

  #handleUserAgent(output: UserAgentOutput, now: MonotonicMs): void {
    switch (output.type) {
      case 'send':
        this.#outputs.push({ ...output, type: 'sip-send' });
        return;
      case 'locate':
        this.#outputs.push({ ...output, type: 'sip-locate' });
        return;
      case 'unreachable':
        this.#outputs.push({ ...output, type: 'sip-unreachable' });
        return;
      case 'request':
        this.#handleRequest(output, now);
        return;
      case 'ack':
        this.#messages.notify(
          this.#dialogOwners.get(output.dialog),
          { ...output, transaction: this.#options.createId() },
          now,
        );
        return;
      case 'cancelled':
        this.#unanswered.set(output.transaction, undefined);
        this.#records.cancelled(output.transaction, output.request);
        this.#messages.notify(this.#transactionOwners.get(output.transaction), output, now);
        return;
      case 'response':
        this.#handleResponse(output, now);
        return;
      case 'proxy-response':
        this.#reportProxied(output, now);
        return;
      case 'proxy-done':
        this.#endProxied(output.transaction);
        return;
      case 'unsolicited-bye':
        this.#records.terminated(output.dialog, output.sent.message);
        this.#messages.notifyUnsolicited(this.#dialogOwners.get(output.dialog), output, now);
        return;
      case 'dialog-ended':
        this.#dialogOwners.delete(output.dialog);
        this.#records.forgetDialog(output.dialog);
        return;
      case 'transaction-ended':
        this.#transactionOwners.delete(output.transaction);
        this.#inDialog.delete(output.transaction);
        this.#earlyUpdates.delete(output.transaction);
        this.#records.forgetTransaction(output.transaction);
        this.#unanswered.set(output.transaction, undefined);
        return;
      default:
        assertNever(output);
    }
  }

  #handleRequest(output: UserAgentOutput & { readonly type: 'request' }, now: MonotonicMs): void {
    const { transaction, dialog, request } = output;
    if (UNROUTABLE.test(request.method)) {
      this.#ua.refuse(transaction, 501, now);
      return;
    }
    const owner =
      dialog === undefined
        ? this.#connections.next(request.method)?.id
        : this.#connections.find(this.#ownerOf(dialog, output.subscribe))?.id;
    if (owner === undefined) {
      const status = KNOWN_METHODS.has(request.method) ? 503 : 501;
      this.#ua.refuse(transaction, dialog === undefined ? status : 481, now);
      return;
    }
    this.#transactionOwners.set(transaction, owner);
    if (dialog === undefined) this.#records.attempt(transaction, 'uas', request);
    else {
      this.#inDialog.add(transaction);
      this.#records.released(dialog, 'network', request);
    }
    this.#unanswered.set(transaction, after(now, 128 * this.#options.timers.t1Ms));
    if (output.invite !== undefined) {
      this.#earlyUpdates.add(output.invite, transaction);
      this.#messages.notify(owner, { ...output, transaction: output.invite }, now);
      return;
    }
    const isNews = output.isEarly === true && NEWS_WHILE_EARLY.includes(request.method);
    this.#messages.notify(owner, isNews ? { ...output, dialog: undefined } : output, now);
  }

  /** A NOTIFY may make its dialog before the answer to the SUBSCRIBE does. */
  #ownerOf(dialog: string, subscribe: string | undefined): number | undefined {
    const known = this.#dialogOwners.get(dialog);
    if (known !== undefined || subscribe === undefined) return known;
    const owner = this.#transactionOwners.get(subscribe);
    if (owner !== undefined) this.#dialogOwners.set(dialog, owner);
    return owner;
  }

  #handleResponse(output: UserAgentOutput & { readonly type: 'response' }, now: MonotonicMs): void {
    const owner = this.#transactionOwners.get(output.transaction);
    const { dialog, response } = output;
    // The answer to a BYE names a dialog that is gone, a 1xx without a To tag one that never was.
    if (dialog !== undefined && owner !== undefined && this.#ua.hasDialog(dialog)) {
      this.#dialogOwners.set(dialog, owner);
    }
    this.#records.answered(output.transaction, dialog, response);
    this.#messages.notify(owner, { ...output, request: response }, now);
  }
}
