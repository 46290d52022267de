import type { MonotonicMs } from '../core/time.ts';
import { ClientDialogs } from './client-dialogs.ts';
import { concludeInDialog } from './conclude-in-dialog.ts';
import type { Session } from './dialog/session.ts';
import type { Endpoint } from './endpoint.ts';
import { buildHopRequest, buildResponse } from './message/build-message.ts';
import type { Header } from './message/headers.ts';
import { serializeMessage } from './message/serialize-message.ts';
import type { SipRequest, SipResponse } from './message/sip-message.ts';
import { completeRequest } from './outgoing-request.ts';
import type { Arrival, PendingClientRequest, Place } from './pending-client-request.ts';
import { acceptProvisional, isReliableAnswer } from './received-response.ts';
import { DIALOG_METHODS } from './screen-request.ts';
import { sendAck } from './send-ack.ts';
import { SESSION_REFRESHERS, withRequestExpires } from './session-negotiation.ts';
import { settleSubscription } from './subscription-usage.ts';
import { targetOf } from './target.ts';
import type { ClientRecord } from './transaction/client-record.ts';
import {
  buildInDialog,
  commandFault,
  endByOurselves,
  endSession,
  type UserAgentContext,
} from './user-agent-context.ts';
import type { CommandResult, InDialogRequest, OutgoingRequest, Sent } from './user-agent-io.ts';
import { dialogIdOf } from './user-agent-server.ts';

/** RFC 3261 section 8.1.3.1; a request that is cancelled before DNS said where it goes ends as one cancelled in time. */
const FAILURES = { timeout: 408, 'transport-error': 503, cancelled: 487 } as const;
/** The client half of a user agent (RFC 3261 sections 8.1, 9.1, 12.2.1, 13.2, 14.1 and 15.1.1). */
export class UserAgentClient {
  readonly #context: UserAgentContext;
  readonly #pending = new Map<string, PendingClientRequest>();
  readonly #dialogs: ClientDialogs;
  readonly #failedInvites = new Map<string, string>();

  constructor(context: UserAgentContext) {
    this.#context = context;
    this.#dialogs = new ClientDialogs(context);
  }

  request(outgoing: OutgoingRequest, now: MonotonicMs): CommandResult {
    const { identity, options, flows } = this.#context;
    const { nextHop, uri } = outgoing;
    const flow = nextHop === undefined ? flows.find(uri, now) : undefined;
    const to = flow ?? targetOf(nextHop ?? uri);
    if (typeof to === 'string') return commandFault(to);
    if (identity.isSelf(to)) return { fault: 'to-self' };
    const context = { identity, to, createToken: options.createToken };
    const headers =
      outgoing.method === 'INVITE'
        ? withRequestExpires(outgoing.headers, undefined, options.sessionExpiresSeconds)
        : outgoing.headers;
    const request = completeRequest({ ...outgoing, headers }, context);
    const makesDialog = DIALOG_METHODS.includes(request.method);
    const dialog = makesDialog ? dialogIdOf(request) : undefined;
    const { wantsTrying } = outgoing;
    const sent = this.#send(request, to, { dialog, within: undefined, wantsTrying }, now);
    if (request.method === 'SUBSCRIBE') {
      this.#context.subscribing.add(sent.transaction, request);
    }
    return sent;
  }

  requestInDialog(id: string, outgoing: InDialogRequest, now: MonotonicMs): CommandResult {
    const session = this.#dialogs.target(id, outgoing);
    if (session === undefined) return { fault: 'unknown-dialog' };
    const waits = session.refresh !== undefined && SESSION_REFRESHERS.includes(outgoing.method);
    const isUpdating = outgoing.method === 'UPDATE' && session.clientUpdate !== undefined;
    if (waits ? session.heldRequest !== undefined : isUpdating) return { fault: 'update-pending' };
    if (outgoing.method === 'BYE' && session.heldBye !== undefined)
      return { fault: 'unknown-dialog' };
    const built = buildInDialog(this.#context, session, outgoing);
    if ('fault' in built) return built;
    if (outgoing.method === 'PRACK') session.received.acknowledge();
    if (waits) return this.#hold(session, 'heldRequest', built);
    if (outgoing.method === 'BYE') {
      this.#leave(session, now);
      if (session.awaitsAck || isUnanswered(session)) return this.#hold(session, 'heldBye', built);
    }
    const result = this.#send(built.request, built.to, { dialog: id, within: session }, now);
    this.#remember(session, built.request, result.transaction);
    return result;
  }

  /** ACK of a 2xx (RFC 3261 section 13.2.2.4). */
  acknowledge(
    id: string,
    outgoing: Omit<InDialogRequest, 'method'>,
    now: MonotonicMs,
  ): CommandResult {
    const session = this.#context.sessions.byId(id);
    const invite = session?.answeredInvite;
    const isRefused = session?.hasRefusedInvite ?? this.#failedInvites.has(id);
    if (isRefused) return { fault: 'ack-of-failure' };
    if (session === undefined || invite === undefined) return { fault: 'unknown-dialog' };
    const result = sendAck(this.#context, session, invite, outgoing);
    if (session.endsAfterAck !== undefined) {
      endByOurselves(this.#context, session, session.endsAfterAck, now);
    }
    return result;
  }

  cancel(transaction: string, headers: readonly Header[], now: MonotonicMs): CommandResult {
    const { transactions, options } = this.#context;
    const lines = headers.filter((line) => line.key === 'reason' || line.key.startsWith('x-'));
    const record = transactions.cancel(transaction, lines, now);
    if (record === undefined) return { fault: 'unknown-transaction' };
    const pending = this.#pending.get(transaction);
    if (pending !== undefined) pending.isCancelled = true;
    const message = buildHopRequest(record.request, 'CANCEL', { headers: lines });
    const bytes = serializeMessage(message);
    return { transaction: options.createId(), dialog: undefined, message, bytes, to: record.to };
  }

  /** The user of this request is gone: an INVITE is cancelled, or ended when the 2xx comes first. */
  abandon(transaction: string, now: MonotonicMs): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || pending.request.method !== 'INVITE') return;
    pending.isAbandoned = true;
    this.#context.transactions.cancel(transaction, [], now);
  }

  handleResponse(
    record: ClientRecord,
    response: SipResponse,
    source: Endpoint,
    now: MonotonicMs,
  ): void {
    const pending = this.#pending.get(record.id);
    if (pending === undefined) return;
    pending.request = record.request;
    if (response.statusCode === 100 && !pending.wantsTrying) return;
    const isAnswer = isSuccess(response) && record.request.method === 'INVITE';
    if (response.statusCode < 200) {
      const session = this.#dialogs.openEarly(pending, response, source);
      if (!acceptProvisional(session, response)) return;
      if (session !== undefined && isReliableAnswer(response)) session.hasOpenOffer = false;
    }
    const isNews = !isAnswer || this.#dialogs.acceptAnswer(pending, response, source, now);
    this.#conclude(record.id, pending, response, { source, now });
    if (isNews) this.#emit(record.id, pending, response, source);
  }

  /** Timeouts and transport errors become responses (RFC 3261 section 8.1.3.1). */
  handleFailure(
    record: ClientRecord,
    cause: 'timeout' | 'transport-error' | 'cancelled',
    now: MonotonicMs,
  ): void {
    const pending = this.#pending.get(record.id);
    if (pending === undefined || record.isFinal) return;
    const statusCode = FAILURES[cause];
    const reason = record.failureReason;
    const response = buildResponse(record.request, {
      statusCode,
      ...(reason === undefined ? {} : { reason }),
    });
    this.#conclude(record.id, pending, response, { source: undefined, now });
    this.#emit(record.id, pending, response, undefined);
  }

  /**
   * The request goes on to another address. A late 2xx from this one (outside of a dialog) is acknowledged and ended, as that of a
   * caller who is gone.
   */
  handleDetached(record: ClientRecord, transaction: string): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || pending.within !== undefined) return;
    const { request } = record;
    const made = new Set<Session>();
    const detached = { request, made, dialog: undefined, within: undefined };
    this.#pending.set(record.id, { ...detached, isCancelled: true, isAbandoned: true });
  }

  handleTerminated(transaction: string): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined) return;
    this.#pending.delete(transaction);
    this.#context.subscribing.delete(transaction);
    if (pending.dialog !== undefined && this.#failedInvites.get(pending.dialog) === transaction) {
      this.#failedInvites.delete(pending.dialog);
    }
  }

  #send(request: SipRequest, to: Endpoint, place: Place, now: MonotonicMs): Sent {
    const record = this.#context.transactions.send(request, to, now);
    this.#keep(record.id, record.request, place);
    const { id: transaction, request: message, bytes } = record;
    return { transaction, dialog: place.dialog, message, bytes, to: record.to };
  }

  /**
   * A BYE of the callee waits for the ACK, or for the end of waiting for it (RFC 3261 section 15); a session refresh request for the
   * answer to an earlier one.
   */
  #hold(
    session: Session,
    as: 'heldBye' | 'heldRequest',
    { request, to }: { readonly request: SipRequest; readonly to: Endpoint },
  ): Sent {
    const dialog = session.dialog.id;
    const transaction = this.#context.options.createId();
    this.#keep(transaction, request, { dialog, within: session });
    session[as] = { transaction, request, to };
    return { transaction, dialog, message: request, bytes: serializeMessage(request), to };
  }

  /** The user hangs up: nothing else of ours goes on in the dialog. */
  #leave(session: Session, now: MonotonicMs): void {
    const { transactions, sessions } = this.#context;
    if (session.clientInvite !== undefined) transactions.cancel(session.clientInvite, [], now);
    session.timer = undefined;
    sessions.reschedule(session);
  }

  /** What the dialog waits for because of a request that was sent in it. */
  #remember(session: Session, { method, body }: SipRequest, transaction: string): void {
    if (method === 'UPDATE') session.clientUpdate = { transaction, hasOffer: body.length > 0 };
    if (method !== 'INVITE') return;
    session.clientInvite = transaction;
    session.hasRefusedInvite = false;
  }

  #keep(transaction: string, request: SipRequest, place: Place): void {
    this.#pending.set(transaction, {
      ...place,
      request,
      made: new Set(),
      isCancelled: false,
      isAbandoned: false,
    });
  }

  /** What a final response does to the dialogs. */
  #conclude(
    transaction: string,
    pending: PendingClientRequest,
    response: SipResponse,
    arrival: Arrival,
  ): void {
    if (response.statusCode < 200) return;
    const { source, now } = arrival;
    const { method } = pending.request;
    if (pending.within !== undefined) {
      const exchange = { transaction, request: pending.request, response };
      concludeInDialog(this.#context, pending.within, exchange, arrival);
      settleSubscription(this.#context, pending.within, exchange, now);
    } else if (method === 'SUBSCRIBE' && isSuccess(response) && source !== undefined) {
      const session = this.#dialogs.sessionOf(pending, response, source);
      session.dialog.confirm(response, source);
      settleSubscription(this.#context, session, { request: pending.request, response }, now);
    }
    for (const session of pending.made) {
      if (!session.dialog.isConfirmed) endSession(this.#context, session, now);
    }
    if (method !== 'INVITE' || isSuccess(response) || pending.dialog === undefined) return;
    this.#failedInvites.set(pending.dialog, transaction);
  }

  #emit(
    transaction: string,
    pending: PendingClientRequest,
    response: SipResponse,
    source: Endpoint | undefined,
  ): void {
    if (pending.isAbandoned) return;
    const { dialog } = pending;
    this.#context.emit({ type: 'response', transaction, dialog, response, source });
  }
}

/** The peer's INVITE that makes the dialog has no final answer, or one that waits for a PRACK: no BYE yet (section 15). */
function isUnanswered({ serverInvite, dialog }: Session): boolean {
  return serverInvite !== undefined && !dialog.isConfirmed;
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}
