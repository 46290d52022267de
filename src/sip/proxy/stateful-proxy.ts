import { DeadlineQueue } from '../../core/deadline-queue.ts';
import { assertNever } from '../../core/invariant.ts';
import type { MonotonicMs } from '../../core/time.ts';
import { earliest } from '../../core/timer-table.ts';
import type { Endpoint } from '../endpoint.ts';
import { buildResponse } from '../message/build-message.ts';
import { type Header, Headers } from '../message/headers.ts';
import { serializeMessage } from '../message/serialize-message.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { tagOf } from '../name-addr.ts';
import type { ClientRecord } from '../transaction/client-record.ts';
import type { ServerRecord } from '../transaction/server-record.ts';
import type { UserAgentContext } from '../user-agent-context.ts';
import { aggregate, type BranchFinal, isChallenge } from './best-response.ts';
import { ChallengeMemory } from './challenge-memory.ts';
import { buildForwarded, type Forwarding, nextHopOf } from './forward-request.ts';
import { ProxiedRequest } from './proxied-request.ts';
import { hasLooped, hasProxyVia, ProxyBranches } from './proxy-branch.ts';
import type { ProxyCommand, ProxyFault } from './proxy-io.ts';
import {
  PROXY_LIMITS,
  type ProxyTarget,
  type ResponseContextOptions,
  type ResponseContextOutput,
} from './response-context-io.ts';
import { isOwnUri, processRoutes, type RoutedRequest } from './route-processing.ts';
import { forwardStray } from './stray-response.ts';
import { whyNotForwarded } from './validate-request.ts';

interface BranchOf {
  readonly request: ProxiedRequest;
  readonly branch: number;
  /** More than one once DNS had another address for the target: a 2xx may still come from those before. */
  transactions: number;
}

/** Forwarding inside of a dialog asks nobody: one target, the one that the request names. */
const IN_DIALOG = Object.freeze({
  isParallel: false,
  followRedirects: false,
  provisionalTimeoutMs: undefined,
});

/**
 * The proxy half of the server (RFC 3261 section 16): forwards what a user asks it to, and by itself what comes later in a dialog that
 * it stayed in. Every request has a {@link ProxiedRequest} until its last branch is over; what still comes after that is
 * forwarded without memory.
 */
export class StatefulProxy {
  readonly #context: UserAgentContext;
  readonly #branches: ProxyBranches;
  readonly #challenges = new ChallengeMemory();
  /** By server transaction. */
  readonly #requests = new Map<string, ProxiedRequest>();
  /** By client transaction. */
  readonly #clients = new Map<string, BranchOf>();
  readonly #deadlines = new DeadlineQueue<ProxiedRequest>();

  constructor(context: UserAgentContext) {
    this.#context = context;
    this.#branches = new ProxyBranches(context.options.createToken());
  }

  get size(): number {
    return this.#requests.size;
  }

  get pendingTimers(): number {
    return this.#deadlines.size;
  }

  pollTimeout(): MonotonicMs | undefined {
    return earliest([this.#deadlines.nextDeadline(), this.#challenges.nextDeadline()]);
  }

  handleTimeout(now: MonotonicMs): void {
    this.#challenges.forgetExpired(now);
    for (let due = this.#deadlines.takeDue(now); due; due = this.#deadlines.takeDue(now)) {
      due.context.handleTimeout(now);
      this.#settle(due, now);
    }
  }

  /** Forwards a request that a user has been told of. */
  start(record: ServerRecord, command: ProxyCommand, now: MonotonicMs): ProxyFault | undefined {
    const { request } = record;
    const known = this.#challenges.take(request.headers, now);
    const targets = (known === undefined ? command.targets : [known]).slice(
      0,
      PROXY_LIMITS.branches,
    );
    const breadth = command.isParallel ? Math.max(1, targets.length) : 1;
    const refusal = whyNotForwarded(request, breadth);
    if (refusal !== undefined) {
      this.#respond(record, refusal.statusCode, now, refusal.headers);
      return { statusCode: refusal.statusCode };
    }
    if (this.#requests.size >= PROXY_LIMITS.contexts) {
      this.#respond(record, 503, now);
      return 'unreachable';
    }
    const callId = request.headers.first('call-id') ?? '';
    const staysInDialog =
      command.remainInDialog && tagOf(request.headers.first('to')) === undefined;
    const forwarding = {
      ...this.#forwarding(record, processRoutes(request, this.#context.identity)),
      breadth,
      routeToken: staysInDialog ? this.#branches.routeToken(callId) : undefined,
      headers: command.headers,
    };
    const proxied = this.#open(record, forwarding, { ...command, targets, isReported: true }, now);
    return proxied.branches.size === 0 ? 'unreachable' : undefined;
  }

  /**
   * True when the request is not the user's: it is on its way in a dialog that we stayed in, or it has come round in a loop
   * (section 16.3 step 4, RFC 5393 section 4.2). A request that comes again but goes elsewhere (a spiral) is a new one.
   */
  handleRequest(record: ServerRecord, now: MonotonicMs): boolean {
    const { request } = record;
    const isNew = tagOf(request.headers.first('to')) === undefined;
    const hasRoute = request.headers.has('route');
    if (!hasProxyVia(request) && (isNew || !hasRoute)) return false;
    const routed = processRoutes(request, this.#context.identity);
    if (hasLooped(request, this.#loopHash(request, routed))) {
      this.#respond(record, 482, now);
      return true;
    }
    if (isNew || !this.#passesThrough(request, routed)) return false;
    const refusal = whyNotForwarded(request, 1);
    if (refusal !== undefined || this.#requests.size >= PROXY_LIMITS.contexts) {
      this.#respond(record, refusal?.statusCode ?? 503, now, refusal?.headers);
      return true;
    }
    if (request.method === 'INVITE') this.#respond(record, 100, now);
    const way = { ...IN_DIALOG, targets: [routed.uri], isReported: false };
    this.#open(record, this.#forwarding(record, routed), way, now);
    return true;
  }

  /** True when this ACK of a 2xx is not ours: it is forwarded without memory (section 16.11), or dropped. */
  handleAck(request: SipRequest, source: Endpoint): boolean {
    if (!request.headers.has('route')) return false;
    const { identity } = this.#context;
    const routed = processRoutes(request, identity);
    if (!this.#passesThrough(request, routed)) return false;
    const loopHash = this.#loopHash(request, routed);
    if (whyNotForwarded(request, 1) !== undefined || hasLooped(request, loopHash)) return true;
    const forwarding = this.#forwarding({ request, source }, routed);
    const hop = nextHopOf(forwarding, { uri: routed.uri, isRedirect: false }, identity);
    if (typeof hop === 'string') return true;
    const unique = this.#branches.statelessName(request);
    const branch = this.#branches.create(unique, loopHash, request);
    const message = buildForwarded(forwarding, hop, branch, identity);
    this.#send(serializeMessage(message), hop.to);
    return true;
  }

  /** Section 16.10. True when the INVITE is one that was forwarded. */
  handleCancel(record: ServerRecord, invite: ServerRecord | undefined, now: MonotonicMs): boolean {
    const proxied = invite === undefined ? undefined : this.#requests.get(invite.id);
    if (proxied === undefined) return false;
    this.#respond(record, 200, now);
    if (proxied.record.isFinal) return true;
    proxied.cancelHeaders = record.request.headers.lines('reason');
    proxied.context.handleInput({ type: 'cancel' }, now);
    this.#settle(proxied, now);
    return true;
  }

  /** True when the response is that of a branch. */
  handleResponse(
    { id }: ClientRecord,
    response: SipResponse,
    source: Endpoint,
    now: MonotonicMs,
  ): boolean {
    const owner = this.#clients.get(id);
    if (owner === undefined) return false;
    const { request, branch } = owner;
    request.arrived = { response, source };
    const current = request.branches.get(branch)?.transaction;
    if (current !== undefined && current !== id) {
      this.#context.transactions.cancel(current, request.cancelHeaders, now);
    }
    const upstream = { ...response, headers: withViasOf(request.record.request, response.headers) };
    request.context.handleInput({ type: 'response', branch, response: upstream }, now);
    this.#settle(request, now);
    return true;
  }

  /** True when it was a branch that failed: section 16.9 makes an error of the transport a 503. */
  handleFailure(
    { id }: ClientRecord,
    cause: 'timeout' | 'transport-error' | 'cancelled',
    now: MonotonicMs,
  ): boolean {
    const owner = this.#clients.get(id);
    if (owner === undefined) return false;
    const { request, branch } = owner;
    const statusCode = cause === 'transport-error' ? 503 : 408;
    request.context.handleInput({ type: 'failed', branch, statusCode }, now);
    this.#settle(request, now);
    return true;
  }

  /** The branch goes on to another address under the old name; what still comes from the one before is the branch's too. */
  handleDetached({ id }: ClientRecord, transaction: string): boolean {
    const owner = this.#clients.get(transaction);
    if (owner === undefined) return false;
    owner.transactions++;
    this.#clients.set(id, owner);
    return true;
  }

  handleTerminated(transaction: string, now: MonotonicMs): void {
    const owner = this.#clients.get(transaction);
    if (owner === undefined) return;
    this.#clients.delete(transaction);
    owner.transactions--;
    if (owner.transactions > 0) return;
    const { request, branch } = owner;
    request.context.handleInput({ type: 'ended', branch }, now);
    this.#settle(request, now);
  }

  /** A response that no transaction waits for goes on by its Via when that is ours, and nowhere else. */
  handleStray(response: SipResponse): void {
    const stray = forwardStray(response, this.#branches);
    if (stray !== undefined) this.#send(stray.bytes, stray.to);
  }

  #forwarding(
    { request, source }: Pick<ServerRecord, 'request' | 'source'>,
    routed: RoutedRequest,
  ): Forwarding {
    return { request, source, routed, breadth: 1, routeToken: undefined, headers: [] };
  }

  #loopHash({ headers }: SipRequest, { uri, routes }: RoutedRequest): string {
    return this.#branches.loopHash(headers, uri, routes);
  }

  /** Whether the request came by our Record-Route and goes on from here. */
  #passesThrough({ headers }: SipRequest, { uri, routes, tokens }: RoutedRequest): boolean {
    if (tokens.length === 0) return false;
    const token = this.#branches.routeToken(headers.first('call-id') ?? '');
    if (!tokens.includes(token)) return false;
    return routes.length > 0 || !isOwnUri(this.#context.identity, uri);
  }

  #open(
    record: ServerRecord,
    forwarding: Forwarding,
    command: Omit<ResponseContextOptions, 'isInvite'> & {
      readonly targets: readonly string[];
      readonly isReported: boolean;
    },
    now: MonotonicMs,
  ): ProxiedRequest {
    const { targets, isReported, ...options } = command;
    const loopHash = this.#loopHash(record.request, forwarding.routed);
    const way = { forwarding, loopHash, isReported, targets };
    const isInvite = record.request.method === 'INVITE';
    const proxied = new ProxiedRequest(record, way, { ...options, isInvite }, now);
    this.#requests.set(record.id, proxied);
    this.#settle(proxied, now);
    return proxied;
  }

  #settle(proxied: ProxiedRequest, now: MonotonicMs): void {
    const { context } = proxied;
    for (let output = context.pollOutput(); output; output = context.pollOutput()) {
      this.#act(proxied, output, now);
    }
    this.#deadlines.set(proxied, context.pollTimeout());
  }

  #act(proxied: ProxiedRequest, output: ResponseContextOutput, now: MonotonicMs): void {
    const { transactions, emit } = this.#context;
    switch (output.type) {
      case 'try':
        this.#try(proxied, output.branch, output.target, now);
        return;
      case 'cancel': {
        const { transaction } = proxied.branches.get(output.branch) ?? {};
        if (transaction === undefined) return;
        transactions.cancel(transaction, proxied.cancelHeaders, now);
        return;
      }
      case 'forward':
        this.#forward(proxied.record, output.response, now);
        return;
      case 'answer':
        this.#answer(proxied, output.best, output.finals, now);
        return;
      case 'report':
        this.#report(proxied, output.branch, output.final, now);
        return;
      case 'done':
        if (!proxied.isReported || proxied.branches.size === 0) return;
        emit({ type: 'proxy-done', transaction: proxied.record.id });
        return;
      case 'unreachable':
        this.#respond(proxied.record, 500, now);
        return;
      case 'over':
        this.#requests.delete(proxied.record.id);
        return;
      default:
        assertNever(output);
    }
  }

  #try(proxied: ProxiedRequest, branch: number, target: ProxyTarget, now: MonotonicMs): void {
    const { identity, transactions, options } = this.#context;
    const { forwarding, loopHash } = proxied;
    const hop = nextHopOf(forwarding, target, identity);
    if (typeof hop === 'string') {
      proxied.context.handleInput({ type: 'unreachable', branch }, now);
      return;
    }
    const { request } = forwarding;
    const copyFor = (to: Endpoint) => {
      const parameter = this.#branches.create(options.createToken(), loopHash, request);
      return buildForwarded(forwarding, { ...hop, to }, parameter, identity);
    };
    const { id: transaction } = transactions.forward(hop.to, copyFor, now);
    proxied.branches.set(branch, { transaction, target: target.uri });
    this.#clients.set(transaction, { request: proxied, branch, transactions: 1 });
  }

  /** The first final response is the transaction's; a later 2xx goes past it (RFC 6026 section 7.1). */
  #forward(record: ServerRecord, response: SipResponse, now: MonotonicMs): void {
    const sent = this.#context.transactions.respond(record.id, response, now);
    const isAnswer = response.statusCode >= 200 && record.request.method === 'INVITE';
    if (sent === undefined && isAnswer) this.#send(serializeMessage(response), record.responseTo);
  }

  /** Section 16.7 step 6. A 408 to anything but INVITE only makes things worse (RFC 4320 section 4.2). */
  #answer(
    { record, isInvite }: ProxiedRequest,
    best: BranchFinal,
    finals: readonly BranchFinal[],
    now: MonotonicMs,
  ): void {
    const { transactions } = this.#context;
    if (best.statusCode === 408 && !isInvite) transactions.forget(record.id);
    else if (best.statusCode === 503) this.#respond(record, 500, now);
    else if (best.message === undefined) this.#respond(record, best.statusCode, now);
    else transactions.respond(record.id, aggregate(best.message, finals), now);
  }

  #report(proxied: ProxiedRequest, branch: number, final: BranchFinal, now: MonotonicMs): void {
    if (!proxied.isReported) return;
    const { record, arrived } = proxied;
    const target = proxied.branches.get(branch)?.target;
    if (final.message !== undefined && target !== undefined && isChallenge(final.message)) {
      this.#challenges.remember(final.message.headers, target, now);
    }
    const { statusCode, message } = final;
    const event = { type: 'proxy-response', transaction: record.id } as const;
    if (message !== undefined && arrived !== undefined) {
      this.#context.emit({ ...event, ...arrived });
      return;
    }
    const response = buildResponse(record.request, { statusCode });
    this.#context.emit({ ...event, response, source: undefined });
  }

  #respond(
    record: ServerRecord,
    statusCode: number,
    now: MonotonicMs,
    headers: readonly Header[] = [],
  ): void {
    const toTag = statusCode > 100 ? this.#context.options.createToken() : undefined;
    const response = buildResponse(record.request, { statusCode, toTag, headers });
    this.#context.transactions.respond(record.id, response, now);
  }

  #send(bytes: Uint8Array, to: Endpoint): void {
    this.#context.emit({ type: 'send', bytes, to, transaction: undefined });
  }
}

/** Section 16.7 step 3: the Via of the request as it came, whatever has become of it on the way. */
function withViasOf(request: SipRequest, headers: Headers): Headers {
  return new Headers([...request.headers.lines('via'), ...headers.without('via')]);
}
