import { after, type MonotonicMs } from '../core/time.ts';
import { Dialog, dialogId, sequenceOf } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import type { Endpoint } from './endpoint.ts';
import { ONLY_IN_DIALOG, refusalInDialog } from './in-dialog-rules.ts';
import { MergedRequests } from './merged-requests.ts';
import { buildHopRequest, buildResponse } from './message/build-message.ts';
import { type Header, header } from './message/headers.ts';
import type { SipRequest } from './message/sip-message.ts';
import { tagOf } from './name-addr.ts';
import type { PendingRequest } from './pending-request.ts';
import { ReliableResponder, UNACKNOWLEDGED_PROVISIONAL_STATUS } from './reliable-responder.ts';
import { isOpenTo, screen } from './screen-request.ts';
import { ServerAnswers } from './server-answers.ts';
import { settleSubscription } from './subscription-usage.ts';
import type { ServerRecord } from './transaction/server-record.ts';
import {
  endByOurselves,
  releaseHeldBye,
  reportUnsentBye,
  type UserAgentContext,
} from './user-agent-context.ts';
import type { CommandResult, OutgoingResponse } from './user-agent-io.ts';

/** What an answer of our own carries besides the usual. */
interface Extra {
  readonly headers?: readonly Header[];
  readonly toTag?: string;
}

/** Dialogs that the NOTIFYs of one SUBSCRIBE make at most, one per fork. */
const MAX_FORKED_SUBSCRIPTIONS = 16;

/** The server half of a user agent (RFC 3261 sections 8.2, 9.2, 12.2.2, 13.3, 14.2 and 15.1.2). */
export class UserAgentServer {
  readonly #context: UserAgentContext;
  readonly #reliable: ReliableResponder;
  readonly #pending = new Map<string, PendingRequest>();
  readonly #originals = new MergedRequests();
  readonly #answers: ServerAnswers;

  constructor(context: UserAgentContext) {
    this.#context = context;
    this.#reliable = new ReliableResponder(context);
    this.#answers = new ServerAnswers(context, this.#reliable, this.#pending);
  }

  handleRequest(record: ServerRecord, now: MonotonicMs): void {
    const { request } = record;
    const refusal = screen(request);
    if (refusal !== undefined) {
      this.#answer(record, refusal.statusCode, now, refusal);
      return;
    }
    const toTag = tagOf(request.headers.first('to'));
    if (toTag === undefined && !ONLY_IN_DIALOG.includes(request.method)) {
      this.#handleNew(record, now);
      return;
    }
    const session = toTag === undefined ? undefined : this.#sessionOf(request, toTag);
    if (session !== undefined && isOpenTo(session, request)) {
      this.#handleInDialog(record, session, now);
    } else if (session !== undefined || !this.#openByNotify(record, now)) {
      this.#answer(record, 481, now);
    }
  }

  /** The ACK of a 2xx; one that nobody waits for was seen before. */
  handleAck(request: SipRequest, source: Endpoint, now: MonotonicMs): void {
    const session = this.#sessionOf(request, tagOf(request.headers.first('to')) ?? '');
    if (session === undefined || !session.acknowledge(sequenceOf(request))) return;
    this.#context.sessions.reschedule(session);
    this.#context.emit({ type: 'ack', dialog: session.dialog.id, request, source });
    releaseHeldBye(this.#context, session, now);
  }

  handleCancel(record: ServerRecord, invite: ServerRecord | undefined, now: MonotonicMs): void {
    const pending = invite === undefined ? undefined : this.#pending.get(invite.id);
    if (invite === undefined || pending === undefined) {
      this.#answer(record, 481, now);
      return;
    }
    const { session } = pending;
    if (invite.isFinal) {
      const isTooLate = invite.statusCode < 300;
      this.#answer(record, isTooLate ? 481 : 200, now, { toTag: pending.toTag });
      if (isTooLate && session?.awaitsAck === true && !pending.isInDialog) {
        endByOurselves(this.#context, session, 'CANCEL after 200 OK', now);
      }
      return;
    }
    this.#answer(record, 200, now, { toTag: pending.toTag });
    this.#answer(invite, 487, now, { toTag: pending.toTag });
    this.#endUnanswered(pending, record.request, 'CANCEL before 200 OK', now);
  }

  /** Sends the user's answer. */
  respond(transaction: string, outgoing: OutgoingResponse, now: MonotonicMs): CommandResult {
    return this.#answers.respond(transaction, outgoing, now);
  }

  /** Refuses a request whose user is gone, or that never had one; a 2xx that waits for a PRACK will not leave. */
  refuse(transaction: string, outgoing: OutgoingResponse, now: MonotonicMs): void {
    this.#answers.refuse(transaction, outgoing, now);
  }

  /** Drops a request that the user never answered; nothing is sent. */
  forget(transaction: string, now: MonotonicMs): void {
    this.#answers.forget(transaction, now);
  }

  /** Nobody acknowledged our reliable provisional response: the INVITE is refused, its user hears of a cancelled one. */
  handleUnacknowledgedProvisional(session: Session, now: MonotonicMs): void {
    const pending = this.#pending.get(session.serverInvite ?? '');
    if (pending === undefined || pending.record.isFinal) return;
    const { record, toTag } = pending;
    const reason = { headers: [header('Reason', 'SIP;cause=504;text="PRACK timeout"')] };
    this.#answer(record, UNACKNOWLEDGED_PROVISIONAL_STATUS, now, { toTag });
    const request = buildHopRequest(record.request, 'CANCEL', reason);
    this.#endUnanswered(pending, request, 'PRACK timeout', now);
  }

  /**
   * An INVITE is over without the user's answer, and the user hears of a cancelled one. Who was told of a 2xx that never left
   * has a dialog, and hears how one ends.
   */
  #endUnanswered(
    pending: PendingRequest,
    request: SipRequest,
    reason: string,
    now: MonotonicMs,
  ): void {
    const { session, heldAnswer, isInDialog, record } = pending;
    const { id: transaction, source } = record;
    const dialog = session?.dialog.id;
    const isLeaving = session !== undefined && releaseHeldBye(this.#context, session, now);
    const isUnsent = heldAnswer !== undefined && !isInDialog;
    if (session !== undefined && isUnsent && !isLeaving) {
      reportUnsentBye(this.#context, session, reason);
    }
    this.#answers.releaseInvite(pending, now);
    if (isUnsent) return;
    this.#context.emit({ type: 'cancelled', transaction, dialog, request, source });
  }

  /** Hands a new request over to the proxy; undefined when it has its final answer or belongs to a dialog. */
  release(transaction: string, now: MonotonicMs): ServerRecord | undefined {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || pending.isInDialog || pending.heldAnswer !== undefined) {
      return undefined;
    }
    if (pending.record.isFinal) return undefined;
    pending.provisionals?.stop();
    this.#answers.releaseInvite(pending, now);
    this.handleTerminated(transaction);
    return pending.record;
  }

  handleTerminated(transaction: string): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined) return;
    this.#pending.delete(transaction);
    this.#originals.delete(pending.record);
  }

  #sessionOf({ headers }: SipRequest, toTag: string): Session | undefined {
    const fromTag = tagOf(headers.first('from')) ?? '';
    return this.#context.sessions.find(headers.first('call-id') ?? '', toTag, fromTag);
  }

  #handleNew(record: ServerRecord, now: MonotonicMs): void {
    const { options, transactions } = this.#context;
    if (this.#originals.has(record.request) || transactions.isOwn(record.request)) {
      this.#answer(record, 482, now);
      return;
    }
    this.#originals.add(record);
    const { createToken } = options;
    this.#keep(record, undefined, createToken());
    if (record.request.method === 'INVITE') this.#answer(record, 100, now);
    this.#emitRequest(record, undefined);
  }

  /** RFC 6665 section 4.1.2.4: the NOTIFY came before the answer to our SUBSCRIBE. */
  #openByNotify(record: ServerRecord, now: MonotonicMs): boolean {
    const { request, source } = record;
    const { sessions, subscribing } = this.#context;
    const attempt = request.method === 'NOTIFY' ? subscribing.find(request) : undefined;
    if (attempt === undefined || tagOf(request.headers.first('from')) === undefined) return false;
    const dialog = Dialog.ofNotify(attempt.request, request, source);
    if (sessions.all(dialog.id).length >= MAX_FORKED_SUBSCRIPTIONS) return false;
    const session = sessions.add(dialog);
    const granted = { statusCode: 200, headers: request.headers };
    settleSubscription(
      this.#context,
      session,
      { request: attempt.request, response: granted },
      now,
    );
    this.#handleInDialog(record, session, now, attempt.transaction);
    return true;
  }

  #handleInDialog(
    record: ServerRecord,
    session: Session,
    now: MonotonicMs,
    subscribe?: string,
  ): void {
    const { request } = record;
    if (!session.dialog.acceptSequence(request)) {
      this.#answer(record, 500, now);
      return;
    }
    const open = this.#pending.get(session.serverInvite ?? '');
    const refusal = refusalInDialog(session, request, open?.record.request);
    if (refusal !== undefined) {
      this.#answer(record, refusal.statusCode, now, refusal);
      return;
    }
    if (request.method === 'PRACK' && !this.#reliable.acknowledge(request, session, now)) {
      this.#answer(record, 481, now);
      return;
    }
    this.#keep(record, session, session.dialog.localTag);
    if (request.method === 'INVITE') {
      session.serverInvite = record.id;
      this.#answer(record, 100, now);
    }
    if (request.method === 'UPDATE') session.serverUpdate = record.id;
    if (request.method === 'BYE' && this.#handleBye(record, session, now)) return;
    const isUnanswered = open?.isInDialog === false && open.heldAnswer === undefined;
    this.#emitRequest(record, session.dialog.id, {
      subscribe,
      invite: request.method === 'UPDATE' && isUnanswered ? open.record.id : undefined,
      isEarly: !session.dialog.isConfirmed && open?.heldAnswer === undefined,
    });
    const pending = this.#pending.get(record.id);
    if (request.body.length === 0 && pending !== undefined)
      this.#answers.releaseHeldAnswer(pending, now);
  }

  /**
   * Section 15.1.2: what is still open in the dialog ends with 487. True when that was the INVITE that made the dialog: the user
   * knows no dialog yet and hears of a cancelled INVITE.
   */
  #handleBye(record: ServerRecord, session: Session, now: MonotonicMs): boolean {
    const invite = this.#pending.get(session.serverInvite ?? '');
    session.serverInvite = undefined;
    session.end(after(now, 64 * this.#context.options.timers.t1Ms));
    this.#context.sessions.reschedule(session);
    if (invite === undefined || invite.isInDialog) releaseHeldBye(this.#context, session, now);
    if (invite === undefined) return false;
    this.#answer(invite.record, 487, now, { toTag: invite.toTag });
    if (invite.isInDialog) return false;
    this.#answer(record, 200, now);
    const request = buildHopRequest(invite.record.request, 'CANCEL', {});
    this.#endUnanswered(invite, request, 'BYE before 200 OK', now);
    return true;
  }

  #answer(record: ServerRecord, statusCode: number, now: MonotonicMs, extra: Extra = {}): void {
    const toTag =
      statusCode > 100 ? (extra.toTag ?? this.#context.options.createToken()) : undefined;
    const response = buildResponse(record.request, { ...extra, statusCode, toTag });
    this.#context.transactions.respond(record.id, response, now);
  }

  #keep(record: ServerRecord, session: Session | undefined, toTag: string): void {
    this.#pending.set(record.id, {
      record,
      session,
      isInDialog: session !== undefined,
      toTag,
      provisionals: undefined,
      heldAnswer: undefined,
    });
  }

  #emitRequest(
    { id, request, source }: ServerRecord,
    dialog: string | undefined,
    early: {
      readonly invite?: string | undefined;
      readonly subscribe?: string | undefined;
      readonly isEarly?: boolean;
    } = {},
  ): void {
    this.#context.emit({ type: 'request', transaction: id, dialog, request, source, ...early });
  }
}

/** The name that the dialog of this request has or will have. */
export function dialogIdOf({ headers }: SipRequest): string {
  return dialogId(headers.first('call-id') ?? '', tagOf(headers.first('from')) ?? '');
}
