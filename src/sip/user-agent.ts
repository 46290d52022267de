import { noBytes } from '../core/bytes.ts';
import { assertNever } from '../core/invariant.ts';
import type { MonotonicMs } from '../core/time.ts';
import { earliest } from '../core/timer-table.ts';
import type { Session } from './dialog/session.ts';
import { SessionTable } from './dialog/session-table.ts';
import { endOrphan } from './end-orphan.ts';
import type { Endpoint } from './endpoint.ts';
import { LocalIdentity } from './local-identity.ts';
import type { ResponseParts } from './message/build-message.ts';
import { type Header, type Headers, header } from './message/headers.ts';
import { parseMessage } from './message/parse-message.ts';
import { reasonPhrase } from './message/reason-phrases.ts';
import type { Malformed, SipRequest } from './message/sip-message.ts';
import { readdressed } from './outgoing-request.ts';
import type { ProxyCommand, ProxyFault } from './proxy/proxy-io.ts';
import { StatefulProxy } from './proxy/stateful-proxy.ts';
import { RegisteredFlows } from './registered-flows.ts';
import { SessionRefresher } from './session-refresher.ts';
import { repeatableTag, statelessAnswer, withStampedVia } from './stateless-answer.ts';
import { SubscribeAttempts } from './subscribe-attempts.ts';
import { endInvite, endWhenUnused } from './subscription-usage.ts';
import type { SendOutput, TransactionOutput } from './transaction/transaction-io.ts';
import { TransactionLayer } from './transaction/transaction-layer.ts';
import { UserAgentClient } from './user-agent-client.ts';
import { endByOurselves, type UserAgentContext } from './user-agent-context.ts';
import type {
  CommandResult,
  InDialogRequest,
  OutgoingRequest,
  OutgoingResponse,
  UserAgentInput,
  UserAgentOptions,
  UserAgentOutput,
  UserAgentStats,
} from './user-agent-io.ts';
import { UserAgentServer } from './user-agent-server.ts';

/**
 * A SIP user agent without sockets or clock: RFC 3261 with RFC 6026 and RFC 3581. Feed one input or call one command, then
 * drain {@link pollOutput} to `undefined`, then sleep until {@link pollTimeout}.
 */
export class UserAgent {
  readonly #context: UserAgentContext;
  readonly #transactions: TransactionLayer;
  readonly #sessions = new SessionTable();
  readonly #server: UserAgentServer;
  readonly #client: UserAgentClient;
  readonly #proxy: StatefulProxy;
  readonly #refresher: SessionRefresher;
  readonly #outputs: UserAgentOutput[] = [];
  readonly #counts = { requests: 0, responses: 0, malformed: 0, retransmissions: 0, shed: 0 };
  /** Of the message at hand. */
  #octets = 0;

  constructor(options: UserAgentOptions) {
    const identity = new LocalIdentity(options);
    this.#transactions = new TransactionLayer({
      ...options,
      readdress: (request, to, isFirst) =>
        readdressed(request, { identity, to, createToken: options.createToken }, isFirst),
    });
    this.#context = {
      options,
      identity,
      transactions: this.#transactions,
      sessions: this.#sessions,
      subscribing: new SubscribeAttempts(),
      flows: new RegisteredFlows(),
      emit: (output) => {
        // What was sent because of this is on its way before the user hears of it.
        for (const send of this.#transactions.takeSends()) this.#send(send);
        this.#outputs.push(output);
      },
    };
    this.#server = new UserAgentServer(this.#context);
    this.#client = new UserAgentClient(this.#context);
    this.#proxy = new StatefulProxy(this.#context);
    this.#refresher = new SessionRefresher(this.#context);
  }

  get identity(): LocalIdentity {
    return this.#context.identity;
  }

  get stats(): UserAgentStats {
    return {
      ...this.#counts,
      overflow: this.#transactions.overflow,
      callsInSetUp: this.#transactions.callsInSetUp,
      transactions: this.#transactions.size,
      dialogs: this.#sessions.size,
      proxied: this.#proxy.size,
      pendingTimers:
        this.#transactions.pendingTimers + this.#sessions.pendingTimers + this.#proxy.pendingTimers,
    };
  }

  handleInput(input: UserAgentInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'received':
        this.#receive(input.bytes, input.source, now);
        break;
      case 'transport-failed':
        this.#transactions.handleTransportFailure(input.transaction, input.reason, now);
        break;
      case 'challenge':
        this.#challenge(input.bytes, input.source, input.headers);
        break;
      case 'overloaded':
        this.#transactions.isOverloaded = input.isOverloaded;
        break;
      case 'located':
        this.#transactions.locate(input.transaction, input.endpoints, now);
        break;
      default:
        assertNever(input);
    }
    this.#drain(now);
  }

  handleTimeout(now: MonotonicMs): void {
    this.#transactions.handleTimeout(now);
    this.#proxy.handleTimeout(now);
    this.#drain(now);
    for (let due = this.#sessions.takeDue(now); due; due = this.#sessions.takeDue(now)) {
      this.#handleSessionTimeout(due, now);
    }
    this.#drain(now);
  }

  pollOutput(): UserAgentOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return earliest([
      this.#transactions.pollTimeout(),
      this.#sessions.pollTimeout(),
      this.#proxy.pollTimeout(),
    ]);
  }

  /** Sends a request outside of any dialog. */
  request(outgoing: OutgoingRequest, now: MonotonicMs): CommandResult {
    return this.#drained(this.#client.request(outgoing, now), now);
  }

  requestInDialog(dialog: string, outgoing: InDialogRequest, now: MonotonicMs): CommandResult {
    return this.#drained(this.#client.requestInDialog(dialog, outgoing, now), now);
  }

  /** Sends the ACK of a 2xx; any other ACK is sent without being asked for. */
  acknowledge(
    dialog: string,
    outgoing: Omit<InDialogRequest, 'method'>,
    now: MonotonicMs,
  ): CommandResult {
    return this.#drained(this.#client.acknowledge(dialog, outgoing, now), now);
  }

  cancel(transaction: string, headers: readonly Header[], now: MonotonicMs): CommandResult {
    return this.#drained(this.#client.cancel(transaction, headers, now), now);
  }

  respond(transaction: string, outgoing: OutgoingResponse, now: MonotonicMs): CommandResult {
    return this.#drained(this.#server.respond(transaction, outgoing, now), now);
  }

  /** Forwards a new request instead of answering it (RFC 3261 section 16). */
  proxy(transaction: string, command: ProxyCommand, now: MonotonicMs): ProxyFault | undefined {
    const record = this.#server.release(transaction, now);
    if (record === undefined) return 'unknown-transaction';
    const fault = this.#proxy.start(record, command, now);
    this.#drain(now);
    return fault;
  }

  /** Answers a request that nobody can take; nothing happens when it has had its final answer. */
  refuse(transaction: string, statusCode: number, now: MonotonicMs): void {
    const answer = { statusCode, reason: reasonPhrase(statusCode), headers: [], body: noBytes() };
    this.#server.refuse(transaction, answer, now);
    this.#drain(now);
  }

  hasDialog(id: string): boolean {
    return this.#sessions.byId(id) !== undefined;
  }

  /** Where this request came from. */
  remoteOf(transaction: string): Endpoint | undefined {
    return this.#transactions.server(transaction)?.source;
  }

  /** Whoever has this dialog is gone: it is ended. */
  endOrphan(id: string, now: MonotonicMs): void {
    for (const session of this.#sessions.all(id)) {
      endOrphan(this.#context, session, now);
      this.#sessions.reschedule(session);
    }
    this.#drain(now);
  }

  /** Forgets a request that nobody answered. Nothing is sent. */
  forget(transaction: string, now: MonotonicMs): void {
    this.#server.forget(transaction, now);
    this.#drain(now);
  }

  /** Whoever sent this request is gone: cancel it, or end the call that it becomes. */
  abandon(transaction: string, now: MonotonicMs): void {
    this.#client.abandon(transaction, now);
    this.#drain(now);
  }

  #drained(result: CommandResult, now: MonotonicMs): CommandResult {
    this.#drain(now);
    return result;
  }

  #receive(bytes: Uint8Array, source: Endpoint, now: MonotonicMs): void {
    this.#octets = bytes.length;
    const message = parseMessage(bytes);
    if (message.type === 'malformed') {
      this.#counts.malformed++;
      this.#refuse(message, source);
    } else if (message.type === 'response') {
      this.#counts.responses++;
      const isExpected = this.#transactions.receiveResponse(message, source, now);
      if (!isExpected) this.#proxy.handleStray(message);
    } else {
      this.#counts.requests++;
      this.#transactions.receiveRequest(stamped(message, source), source, now);
    }
  }

  /** Answers what cannot be processed without remembering it; what cannot even be answered is dropped. */
  #refuse(malformed: Malformed, source: Endpoint): void {
    if (malformed.of !== 'request' || malformed.method === 'ACK') return;
    const { statusCode, reason } = malformed;
    const toTag = this.#context.options.createToken();
    this.#answerStateless(malformed, source, { statusCode, reason, toTag }, this.#octets);
  }

  #answerStateless(
    request: { readonly headers: Headers },
    source: Endpoint,
    parts: ResponseParts,
    octets?: number,
  ): void {
    const answer = statelessAnswer(request, source, parts, octets === undefined ? {} : { octets });
    if (answer !== undefined)
      this.#outputs.push({ type: 'send', ...answer, transaction: undefined });
  }

  /** A stranger's request: the same 401 whoever it names (RFC 3261 section 22.1). What cannot be read gets nothing. */
  #challenge(bytes: Uint8Array, source: Endpoint, headers: readonly Header[]): void {
    const message = parseMessage(bytes);
    if (message.type !== 'request' || message.method === 'ACK') return;
    const toTag = repeatableTag(message) ?? this.#context.options.createToken();
    this.#answerStateless(message, source, { statusCode: 401, toTag, headers });
  }

  /** There is more to do than can be done: come back in a while. */
  #shed(request: SipRequest, source: Endpoint): void {
    this.#counts.shed++;
    const token = this.#context.options.createToken();
    const toTag = repeatableTag(request) ?? token;
    const parts = { statusCode: 503, toTag, headers: [retryAfter(token)] };
    this.#answerStateless(request, source, parts, this.#octets);
  }

  #drain(now: MonotonicMs): void {
    const layer = this.#transactions;
    for (let output = layer.pollOutput(); output; output = layer.pollOutput()) {
      this.#handleTransaction(output, now);
    }
  }

  #handleTransaction(output: TransactionOutput, now: MonotonicMs): void {
    switch (output.type) {
      case 'send':
        this.#send(output);
        return;
      case 'request':
        if (this.#proxy.handleRequest(output.record, now)) return;
        this.#server.handleRequest(output.record, now);
        return;
      case 'ack':
        if (this.#proxy.handleAck(output.request, output.source)) return;
        this.#server.handleAck(output.request, output.source, now);
        return;
      case 'cancel':
        if (this.#proxy.handleCancel(output.record, output.invite, now)) return;
        this.#server.handleCancel(output.record, output.invite, now);
        return;
      case 'response':
      case 'failed':
        this.#handleOutcome(output, now);
        return;
      case 'shed':
        this.#shed(output.request, output.source);
        return;
      case 'locate':
      case 'unreachable':
        this.#outputs.push(output);
        return;
      case 'detached':
        if (this.#proxy.handleDetached(output.record, output.transaction)) return;
        this.#client.handleDetached(output.record, output.transaction);
        return;
      case 'terminated':
        this.#proxy.handleTerminated(output.id, now);
        this.#server.handleTerminated(output.id);
        this.#client.handleTerminated(output.id);
        this.#refresher.handleTerminated(output.id);
        this.#outputs.push({ type: 'transaction-ended', transaction: output.id });
        return;
      default:
        assertNever(output);
    }
  }

  /** A response, or that there is none: each client transaction belongs to one of the three. */
  #handleOutcome(
    output: TransactionOutput & { readonly type: 'response' | 'failed' },
    now: MonotonicMs,
  ): void {
    if (output.type === 'response') {
      const { record, response, source } = output;
      if (this.#proxy.handleResponse(record, response, source, now)) return;
      if (this.#refresher.handleResponse(record, response, source, now)) return;
      this.#client.handleResponse(record, response, source, now);
      return;
    }
    const { record, cause } = output;
    if (this.#proxy.handleFailure(record, cause, now)) return;
    if (this.#refresher.handleFailure(record, cause, now)) return;
    this.#client.handleFailure(record, cause, now);
  }

  #send({ bytes, to, transaction, isRetransmission }: SendOutput): void {
    if (isRetransmission) this.#counts.retransmissions++;
    this.#outputs.push({ type: 'send', bytes, to, transaction });
  }

  #handleSessionTimeout(session: Session, now: MonotonicMs): void {
    const output = session.handleTimeout(now);
    switch (output?.type) {
      case undefined:
        break;
      case 'send':
        this.#counts.retransmissions++;
        this.#outputs.push({ ...output, transaction: undefined });
        break;
      case 'unacknowledged':
        endByOurselves(this.#context, session, 'ACK timeout', now);
        break;
      case 'provisional-unacknowledged':
        this.#server.handleUnacknowledgedProvisional(session, now);
        break;
      case 'refresh':
        this.#refresher.refresh(session, now);
        break;
      case 'session-expired':
        this.#refresher.expire(session, now);
        break;
      case 'expired':
        endInvite(this.#context, session, now);
        break;
      case 'subscription-expired':
        endWhenUnused(this.#context, session, now);
        break;
      default:
        assertNever(output);
    }
    this.#sessions.reschedule(session);
  }
}

function stamped(request: SipRequest, source: Endpoint): SipRequest {
  return { ...request, headers: withStampedVia(request.headers, source) };
}

/** RFC 3261 section 20.33 with a spread: those who were refused together do not come back together. */
function retryAfter(token: string): Header {
  return header('Retry-After', `${1 + ((Number.parseInt(token.slice(0, 4), 16) || 0) % 5)}`);
}
