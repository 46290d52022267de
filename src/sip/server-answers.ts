import type { MonotonicMs } from '../core/time.ts';
import { buildAnswer, sentOf } from './build-answer.ts';
import { Dialog, sequenceOf } from './dialog/dialog.ts';
import { serializeMessage } from './message/serialize-message.ts';
import type { SipResponse } from './message/sip-message.ts';
import { applicationLines } from './outgoing-request.ts';
import type { PendingRequest } from './pending-request.ts';
import type { ReliableResponder } from './reliable-responder.ts';
import { DIALOG_METHODS } from './screen-request.ts';
import { settleAnswer } from './settle-answer.ts';
import {
  endSession,
  keepLocalSdp,
  releaseHeldBye,
  type UserAgentContext,
} from './user-agent-context.ts';
import type { CommandResult, OutgoingResponse } from './user-agent-io.ts';

const TARGET_REFRESHERS: readonly string[] = ['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY'];

/** How requests that came in are answered, and what the answers do to their dialogs (RFC 3261 sections 8.2.6, 12.1.1 and 13.3). */
export class ServerAnswers {
  readonly #context: UserAgentContext;
  readonly #reliable: ReliableResponder;
  /** The requests under way, by transaction. */
  readonly #pending: ReadonlyMap<string, PendingRequest>;

  constructor(
    context: UserAgentContext,
    reliable: ReliableResponder,
    pending: ReadonlyMap<string, PendingRequest>,
  ) {
    this.#context = context;
    this.#reliable = reliable;
    this.#pending = pending;
  }

  /** Sends the user's answer. */
  respond(transaction: string, outgoing: OutgoingResponse, now: MonotonicMs): CommandResult {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || pending.record.isFinal || pending.heldAnswer !== undefined) {
      return { fault: 'unknown-transaction' };
    }
    if (outgoing.toTag !== undefined && pending.session === undefined) {
      pending.toTag = outgoing.toTag;
    }
    if (this.#reliable.isReliable(pending, outgoing)) {
      return this.#respondReliably(pending, outgoing, now);
    }
    const response = buildAnswer(this.#context, pending, outgoing);
    if (isSuccess(response) && pending.provisionals?.holdsAnswer === true) {
      pending.heldAnswer = response;
      return sentOf(pending, response, serializeMessage(response));
    }
    return this.#deliver(pending, response, now);
  }

  /** Refuses a request whose user is gone, or that never had one; a 2xx that waits for a PRACK will not leave. */
  refuse(transaction: string, outgoing: OutgoingResponse, now: MonotonicMs): void {
    const pending = this.#pending.get(transaction);
    if (pending !== undefined) pending.heldAnswer = undefined;
    this.respond(transaction, outgoing, now);
  }

  /** Drops a request that the user never answered; nothing is sent. */
  forget(transaction: string, now: MonotonicMs): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || pending.record.isFinal) return;
    this.releaseInvite(pending, now);
    this.#context.transactions.forget(transaction);
  }

  #respondReliably(
    pending: PendingRequest,
    outgoing: OutgoingResponse,
    now: MonotonicMs,
  ): CommandResult {
    const fault = this.#reliable.fault(pending);
    if (fault !== undefined) return { fault };
    const headers = this.#reliable.lines(pending, applicationLines(outgoing.headers));
    const response = buildAnswer(this.#context, pending, outgoing, headers);
    this.#advance(pending, response, now);
    if (pending.session !== undefined) keepLocalSdp(pending.session, response);
    const bytes = this.#reliable.send(pending, response, now);
    if (bytes === undefined) return { fault: 'unknown-transaction' };
    return sentOf(pending, response, bytes);
  }

  #deliver(pending: PendingRequest, response: SipResponse, now: MonotonicMs): CommandResult {
    const { record } = pending;
    const bytes = this.#context.transactions.respond(record.id, response, now);
    if (bytes === undefined) return { fault: 'unknown-transaction' };
    if (response.statusCode >= 200) pending.provisionals?.stop();
    const isRefused = record.request.method === 'INVITE' && response.statusCode >= 300;
    if (isRefused && pending.session !== undefined) {
      releaseHeldBye(this.#context, pending.session, now);
    }
    this.#advance(pending, response, now);
    const answered = { sequence: sequenceOf(record.request) ?? 0, bytes, to: record.responseTo };
    const { session } = pending;
    if (session !== undefined && record.request.method === 'INVITE' && isSuccess(response)) {
      session.awaitAck(answered, this.#context.options.timers, now);
    }
    if (isSuccess(response)) {
      this.#context.flows.learn(record.request, response, record.source, now);
    }
    if (session !== undefined) settleAnswer(this.#context, session, { pending, response }, now);
    const sent = sentOf(pending, response, bytes);
    const lives = session !== undefined && this.#context.sessions.has(session);
    if (response.statusCode >= 200) this.releaseHeldAnswer(pending, now);
    return lives ? sent : { ...sent, dialog: undefined };
  }

  /** A PRACK with an offer is answered before the 2xx to its INVITE leaves. */
  releaseHeldAnswer({ record, session }: PendingRequest, now: MonotonicMs): void {
    if (record.request.method !== 'PRACK' || session === undefined) return;
    const invite = this.#pending.get(session.serverInvite ?? '');
    const answer = invite?.heldAnswer;
    if (invite === undefined || answer === undefined || invite.provisionals?.holdsAnswer) return;
    invite.heldAnswer = undefined;
    this.#deliver(invite, answer, now);
  }

  /** What the answer does to the dialog. */
  #advance(pending: PendingRequest, response: SipResponse, now: MonotonicMs): void {
    const { request, source } = pending.record;
    const { method } = request;
    if (!pending.isInDialog && DIALOG_METHODS.includes(method)) {
      if (response.statusCode >= 300) this.releaseInvite(pending, now);
      else if (response.statusCode > 100) this.#openSession(pending, response);
    }
    const { session } = pending;
    if (session === undefined || response.statusCode < 200) return;
    if (session.serverInvite === pending.record.id) session.serverInvite = undefined;
    if (session.serverUpdate === pending.record.id) session.serverUpdate = undefined;
    if (isSuccess(response) && pending.isInDialog && TARGET_REFRESHERS.includes(method)) {
      session.dialog.refreshTarget(request, source);
    }
  }

  #openSession(pending: PendingRequest, response: SipResponse): void {
    const { request, source, id } = pending.record;
    if (pending.session === undefined) {
      const local = { tag: pending.toTag, contact: response.headers.first('contact') };
      pending.session = this.#context.sessions.add(Dialog.ofServer(request, source, local));
      if (request.method === 'INVITE') pending.session.serverInvite = id;
      pending.session.hasInvite = request.method === 'INVITE';
    }
    if (isSuccess(response)) pending.session.dialog.isConfirmed = true;
  }

  /** The INVITE is over without a call: an early dialog goes with it. */
  releaseInvite(pending: PendingRequest, now: MonotonicMs): void {
    const { session, record } = pending;
    if (session === undefined) return;
    if (session.serverInvite === record.id) session.serverInvite = undefined;
    if (session.serverUpdate === record.id) session.serverUpdate = undefined;
    if (!pending.isInDialog) endSession(this.#context, session, now);
  }
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}
