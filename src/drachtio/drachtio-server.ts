import { utf8ByteString } from '../core/bytes.ts';
import { DeadlineQueue } from '../core/deadline-queue.ts';
import { assertNever } from '../core/invariant.ts';
import { after, type MonotonicMs, monotonicMs } from '../core/time.ts';
import type { Endpoint } from '../sip/endpoint.ts';
import { hostText } from '../sip/ip-address.ts';
import { locationTargetOf } from '../sip/locate/location-target.ts';
import { Headers } from '../sip/message/headers.ts';
import { serializeMessage } from '../sip/message/serialize-message.ts';
import type { SipMessage, SipRequest } from '../sip/message/sip-message.ts';
import { UserAgent } from '../sip/user-agent.ts';
import type { Sent, UserAgentOutput } from '../sip/user-agent-io.ts';
import { stampVia } from '../sip/via.ts';
import { type CallRecord, CallRecords } from './call-records.ts';
import { type Connection, Connections } from './connections.ts';
import {
  type DrachtioServerInput,
  type DrachtioServerOptions,
  type DrachtioServerOutput,
  type DrachtioServerStats,
  SERVER_VERSION,
} from './drachtio-server-io.ts';
import { EarlyUpdates } from './early-updates.ts';
import { type ClientMessage, encodeFrame, parseClientMessage } from './frame-codec.ts';
import { pendingWayTokens, timeOfDay, wayTokens } from './leader.ts';
import { parseProxyCommand, proxyRefusal } from './proxy-command.ts';
import { ProxyReplies } from './proxy-replies.ts';
import { readableBytes, readableMessage } from './readable-message.ts';
import { runSipCommand } from './sip-commands.ts';

/** What an application may come to take; the others are unknown rather than unavailable (RFC 3261 section 8.2.1). */
const KNOWN_METHODS: ReadonlySet<string> = new Set(
  'INVITE ACK BYE CANCEL REGISTER OPTIONS INFO MESSAGE NOTIFY PRACK PUBLISH REFER SUBSCRIBE UPDATE'.split(
    ' ',
  ),
);

/**
 * Methods compare with case (RFC 3261 section 7.1), but routes are in lower case and drachtio-srf resolves escapes: it would
 * take `invite` or `%42YE` for what they are not.
 */
const UNROUTABLE = /[a-z%]/;

/** In a dialog that is not confirmed these are shown as requests outside of one: the application has no dialog yet. */
const NEWS_WHILE_EARLY: readonly string[] = [
  'NOTIFY',
  'OPTIONS',
  'INFO',
  'MESSAGE',
  'PUBLISH',
  'SUBSCRIBE',
];

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
  readonly #records = new CallRecords((record) => this.#notifyRecord(record));
  /** Requests that an application has not reacted to at all. */
  readonly #unanswered = new DeadlineQueue<string>();
  readonly #outputs: DrachtioServerOutput[] = [];
  /** The point in time of the input that is being handled. */
  #now: MonotonicMs = monotonicMs(0);

  constructor(options: DrachtioServerOptions) {
    this.#options = options;
    this.#ua = new UserAgent(options);
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
      this.#handleFrame(connection, frame, now);
      this.#drain(now);
    }
    for (const head of connection.decoder.takeRefused()) this.#refuse(connection, head, now);
    if (connection.decoder.isBroken) this.#drop(connection, now);
  }

  #handleFrame(connection: Connection, frame: string, now: MonotonicMs): void {
    const message = parseClientMessage(frame);
    if (message === undefined) {
      this.#drop(connection, now);
      return;
    }
    if (!connection.isAuthenticated) {
      this.#authenticate(connection, message, now);
      return;
    }
    switch (message.type) {
      case 'route':
        connection.routes.add((message.fields[0] ?? '').toLowerCase());
        this.#reply(connection.id, message, ['OK']);
        return;
      case 'remove_route':
        connection.routes.delete((message.fields[0] ?? '').toLowerCase());
        this.#reply(connection.id, message, ['OK']);
        return;
      case 'ping':
        this.#reply(connection.id, message, ['OK', 'pong']);
        return;
      case 'sip':
        this.#runSip(connection, message, now);
        return;
      case 'proxy':
        this.#runProxy(connection, message, now);
        return;
      default:
        this.#reply(connection.id, message, ['NO', 'Unknown message type']);
        this.#drop(connection, now);
    }
  }

  /** A message that is too long is not read; its sender hears so. */
  #refuse(connection: Connection, head: string, now: MonotonicMs): void {
    const message = parseClientMessage(head);
    if (message === undefined || !connection.isAuthenticated) this.#drop(connection, now);
    else this.#reply(connection.id, message, ['NOK', 'message too long']);
  }

  #authenticate(connection: Connection, message: ClientMessage, now: MonotonicMs): void {
    const secret = utf8ByteString(this.#options.secret);
    if (message.type !== 'authenticate' || !sameText(message.fields[0] ?? '', secret)) {
      this.#reply(connection.id, message, ['NO', 'incorrect secret']);
      this.#drop(connection, now);
      return;
    }
    connection.isAuthenticated = true;
    const { identity } = this.#ua;
    const hostPorts = identity.hostPorts('external').join(',');
    const localHostPorts = identity.hostPorts('local').join(',');
    this.#reply(connection.id, message, ['OK', hostPorts, SERVER_VERSION, localHostPorts]);
  }

  #runSip(connection: Connection, message: ClientMessage, now: MonotonicMs): void {
    const result = runSipCommand(this.#ua, this.#earlyUpdates.resolve(message), now);
    if (result.kind === 'refused') {
      this.#reply(connection.id, message, ['NOK', result.reason]);
      return;
    }
    const { sent } = result;
    if (result.kind === 'response') {
      this.#unanswered.set(sent.transaction, undefined);
      if (sent.dialog !== undefined) this.#dialogOwners.set(sent.dialog, connection.id);
    } else if (result.kind === 'request') {
      this.#transactionOwners.set(sent.transaction, connection.id);
    }
    const tokens = [
      'OK',
      'application',
      ...this.#sentWay(sent, now),
      result.kind === 'response' ? (message.fields[0] ?? '') : sent.transaction,
      ...(result.kind === 'response' ? [sent.dialog ?? '', ''] : []),
      'Msg sent:',
      '',
    ];
    this.#reply(connection.id, message, tokens, readableBytes(sent));
    this.#recordSent(result.kind, sent);
  }

  #recordSent(kind: 'request' | 'response' | 'unanswered', sent: Sent): void {
    if (kind === 'response') this.#records.answered(sent.transaction, sent.dialog, sent.message);
    if (kind !== 'request') return;
    const isNew = sent.dialog === undefined || !this.#ua.hasDialog(sent.dialog);
    if (isNew) this.#records.attempt(sent.transaction, 'uac', sent.message);
    if (sent.dialog !== undefined) this.#records.released(sent.dialog, 'application', sent.message);
  }

  #runProxy(connection: Connection, message: ClientMessage, now: MonotonicMs): void {
    const remote = this.#ua.remoteOf(message.fields[0] ?? '');
    const { identity } = this.#ua;
    const request = parseProxyCommand(
      message,
      identity.hostPortFor(remote?.host ?? '', remote?.transport),
    );
    const { transaction, command, wantsResponses } = request;
    const fault = this.#ua.proxy(transaction, command, now);
    if (fault !== undefined) {
      this.#reply(connection.id, message, ['NOK', proxyRefusal(fault, transaction)]);
      return;
    }
    this.#transactionOwners.delete(transaction);
    this.#unanswered.set(transaction, undefined);
    if (wantsResponses) this.#proxied.open(transaction, { connection: connection.id, message });
    else this.#reply(connection.id, message, ['OK', 'done']);
  }

  #reportProxied(
    { transaction, response, source }: UserAgentOutput & { readonly type: 'proxy-response' },
    now: MonotonicMs,
  ): void {
    const listener = this.#proxied.find(transaction);
    if (listener === undefined) return;
    const bytes = serializeMessage(readableMessage(response));
    const way = wayTokens(source === undefined ? 0 : bytes.length, source, this.#time(now));
    const tokens = ['OK', 'network', ...way, '', '', 'continue'];
    this.#reply(listener.connection, listener.message, tokens, bytes);
  }

  #endProxied(transaction: string): void {
    const listener = this.#proxied.take(transaction);
    if (listener !== undefined) this.#reply(listener.connection, listener.message, ['OK', 'done']);
  }

  #sentWay({ bytes, to }: Sent, now: MonotonicMs): readonly string[] {
    const time = this.#time(now);
    const isLocated = locationTargetOf(to) === undefined;
    return isLocated
      ? wayTokens(bytes.length, this.#ownSide(to), time)
      : pendingWayTokens(bytes.length, time);
  }

  /** Over UDP a client is told our own side of the way, over a stream the far one. */
  #ownSide(to: Endpoint): Endpoint {
    if (to.transport !== 'udp') return to;
    const { identity } = this.#ua;
    return { ...to, host: identity.addressFor(to.host), port: identity.portFor(to.transport) };
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

  #reply(
    connection: number,
    message: ClientMessage,
    tokens: readonly string[],
    bytes?: Uint8Array,
  ): void {
    const leader = [this.#options.createId(), 'response', message.id, ...tokens].join('|');
    this.#send(connection, leader, bytes);
  }

  #send(connection: number, leader: string, bytes?: Uint8Array): void {
    this.#outputs.push({ type: 'client-send', connection, bytes: encodeFrame(leader, bytes) });
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
        this.#notify(
          this.#dialogOwners.get(output.dialog),
          { ...output, transaction: this.#options.createId() },
          now,
        );
        return;
      case 'cancelled':
        this.#unanswered.set(output.transaction, undefined);
        this.#records.cancelled(output.transaction, output.request);
        this.#notify(this.#transactionOwners.get(output.transaction), output, now);
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
        this.#notifyUnsolicited(output.dialog, output.sent, now);
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
        : this.#openConnection(this.#ownerOf(dialog, output.subscribe));
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
      this.#notify(owner, { ...output, transaction: output.invite }, now);
      return;
    }
    const isNews = output.isEarly === true && NEWS_WHILE_EARLY.includes(request.method);
    this.#notify(owner, isNews ? { ...output, dialog: undefined } : output, now);
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
    this.#notify(owner, { ...output, request: response }, now);
  }

  #openConnection(id: number | undefined): number | undefined {
    return id === undefined ? undefined : this.#connections.find(id)?.id;
  }

  /** A SIP message for the application. */
  #notify(
    owner: number | undefined,
    event: {
      readonly transaction: string;
      readonly dialog: string | undefined;
      readonly request: SipMessage;
      readonly source: Endpoint | undefined;
      readonly type: UserAgentOutput['type'];
    },
    now: MonotonicMs,
  ): void {
    if (this.#openConnection(owner) === undefined || owner === undefined) return;
    const { transaction, dialog, request, source } = event;
    const shown = readableMessage(request);
    const bytes = serializeMessage(
      shown.type === 'request' && source !== undefined ? withRport(shown, source) : shown,
    );
    const isNew = event.type === 'request' && dialog === undefined;
    const leader = [
      this.#options.createId(),
      'sip',
      'network',
      ...wayTokens(
        source === undefined ? 0 : bytes.length,
        request.type === 'response' ? asNextHop(source) : source,
        this.#time(now),
      ),
      transaction,
      dialog ?? '',
      ...(isNew && source !== undefined ? this.#receivedOn(source) : []),
      '',
    ].join('|');
    this.#send(owner, leader, bytes);
  }

  #notifyUnsolicited(dialog: string, sent: Sent, now: MonotonicMs): void {
    const owner = this.#openConnection(this.#dialogOwners.get(dialog));
    if (owner === undefined) return;
    const way = this.#sentWay(sent, now);
    const tokens = [
      this.#options.createId(),
      'sip',
      'application',
      ...way,
      'unsolicited',
      dialog,
      '',
    ];
    this.#send(owner, tokens.join('|'), readableBytes(sent));
  }

  /** To one connection that routed exactly this verb. */
  #notifyRecord({ verb, source, detail, message }: CallRecord): void {
    const owner = this.#connections.next(verb);
    if (owner === undefined) return;
    const time = this.#time(this.#now);
    const tokens = [this.#options.createId(), verb, source, time];
    const leader = [...tokens, ...(detail === undefined ? [] : [detail])].join('|');
    this.#send(owner.id, leader, serializeMessage(readableMessage(message)));
  }

  #receivedOn(source: Endpoint): readonly string[] {
    const { identity } = this.#ua;
    return [identity.addressFor(source.host), String(identity.portFor(source.transport))];
  }

  #time(now: MonotonicMs): string {
    return timeOfDay(now, this.#options.epochMs);
  }
}

/** Clients build the URI of a retry from where a challenge came from: an IPv6 address needs its brackets there. */
function asNextHop(source: Endpoint | undefined): Endpoint | undefined {
  return source === undefined ? undefined : { ...source, host: hostText(source.host) };
}

/** Applications see where a request came from even when its sender did not ask for `rport`. */
function withRport(request: SipRequest, source: Endpoint): SipRequest {
  const [top = '', ...others] = new Headers(request.headers.lines('via').slice(0, 1)).values('via');
  const value = stampVia(top, { address: source.host, port: source.port }, true);
  return { ...request, headers: request.headers.withFirst('via', [value, ...others].join(', ')) };
}

/** Takes the same time wherever the texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) {
    difference |= a.charCodeAt(at) ^ b.charCodeAt(b.length === 0 ? 0 : at % b.length);
  }
  return difference === 0;
}
