import { noBytes } from '../core/bytes.ts';
import type { MonotonicMs } from '../core/time.ts';
import { sequenceOf } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import type { Endpoint } from './endpoint.ts';
import { buildResponse } from './message/build-message.ts';
import { header } from './message/headers.ts';
import type { SipResponse } from './message/sip-message.ts';
import { parseDecimal } from './message/tokens.ts';
import { sendAck } from './send-ack.ts';
import { parseMinSe } from './session-expires.ts';
import { termsOfResponse } from './session-negotiation.ts';
import { tokenNumber } from './token-number.ts';
import type { ClientRecord } from './transaction/client-record.ts';
import {
  applyTerms,
  buildInDialog,
  endByOurselves,
  type UserAgentContext,
} from './user-agent-context.ts';

/** What the application reads as the reason why its dialog is gone. */
const SESSION_EXPIRED = { cause: 408, text: 'Session timer expired' } as const;

const REFRESH_RETRY = Object.freeze({
  /** Something else is under way in the dialog. */
  busyMs: 2_000,
  /** After a refusal that says nothing about when. */
  refusedMs: 10_000,
  maxRetryAfterSeconds: 60,
});

interface Refresh {
  readonly session: Session;
  readonly method: 'INVITE' | 'UPDATE';
}

/**
 * Our side of the session timer (RFC 4028 sections 7.4 and 10): sends the refreshes that the application does not hear of, and the
 * BYE when a session has expired. An UPDATE without SDP when the peer allows UPDATE, else a re-INVITE with our last SDP.
 */
export class SessionRefresher {
  readonly #context: UserAgentContext;
  readonly #refreshes = new Map<string, Refresh>();

  constructor(context: UserAgentContext) {
    this.#context = context;
  }

  expire(session: Session, now: MonotonicMs): void {
    endByOurselves(this.#context, session, SESSION_EXPIRED, now);
  }

  refresh(session: Session, now: MonotonicMs): void {
    const isBusy =
      session.clientInvite !== undefined ||
      session.serverInvite !== undefined ||
      session.clientUpdate !== undefined ||
      session.serverUpdate !== undefined ||
      session.awaitsAck;
    if (isBusy || !this.#send(session, now)) session.timer?.retry(REFRESH_RETRY.busyMs, now);
  }

  /** False when this transaction is no refresh of ours. */
  handleResponse(
    { id, request }: ClientRecord,
    response: SipResponse,
    source: Endpoint | undefined,
    now: MonotonicMs,
  ): boolean {
    const refresh = this.#refreshes.get(id);
    if (refresh === undefined) return false;
    if (response.statusCode < 200) return true;
    const { session } = refresh;
    const isRepeated = session.refresh !== id;
    if (response.statusCode < 300 && refresh.method === 'INVITE') {
      if (isRepeated) this.#repeatAck(session, sequenceOf(request));
      else sendAck(this.#context, session, request, { headers: [], body: noBytes() });
    }
    if (isRepeated) return true;
    session.refresh = undefined;
    session.clientInvite = undefined;
    session.clientUpdate = undefined;
    this.#conclude(refresh, response, source, now);
    this.#releaseHeldRequest(session, now);
    this.#context.sessions.reschedule(session);
    return true;
  }

  handleFailure(
    record: ClientRecord,
    cause: 'timeout' | 'transport-error' | 'cancelled',
    now: MonotonicMs,
  ): boolean {
    const statusCode = cause === 'transport-error' ? 503 : 408;
    const response = buildResponse(record.request, { statusCode });
    return this.handleResponse(record, response, undefined, now);
  }

  handleTerminated(transaction: string): void {
    this.#refreshes.delete(transaction);
  }

  #send(session: Session, now: MonotonicMs): boolean {
    const { localSdp } = session;
    const method = session.peerAllowsUpdate || localSdp === undefined ? 'UPDATE' : 'INVITE';
    const sdp =
      method === 'INVITE' && localSdp !== undefined
        ? { headers: [header('Content-Type', localSdp.contentType)], body: localSdp.body }
        : { headers: [], body: noBytes() };
    const built = buildInDialog(this.#context, session, { method, ...sdp });
    if ('fault' in built) return false;
    const { id } = this.#context.transactions.send(built.request, built.to, now);
    this.#refreshes.set(id, { session, method });
    session.refresh = id;
    if (method === 'INVITE') session.clientInvite = id;
    else session.clientUpdate = { transaction: id, hasOffer: false };
    return true;
  }

  #conclude(
    { session, method }: Refresh,
    response: SipResponse,
    source: Endpoint | undefined,
    now: MonotonicMs,
  ): void {
    const { statusCode } = response;
    if (!this.#context.sessions.has(session) || session.isEnding) return;
    if (statusCode < 300) {
      if (source !== undefined) session.dialog.refreshTarget(response, source);
      applyTerms(session, termsOfResponse(response), now);
    } else if (statusCode === 408 || statusCode === 481) {
      // RFC 3261 section 12.2.1.2: there is nobody in this dialog any more.
      this.expire(session, now);
    } else if (statusCode !== 401 && statusCode !== 407) {
      session.timer?.retry(this.#retryDelayMs(session, method, response), now);
    }
  }

  #retryDelayMs(session: Session, method: Refresh['method'], response: SipResponse): number {
    const { statusCode, headers } = response;
    const terms = session.timer?.terms;
    const minSe = parseMinSe(headers.first('min-se'));
    if (statusCode === 491) return this.#glareDelayMs(session);
    if (statusCode === 422 && minSe !== undefined && minSe > (terms?.intervalSeconds ?? minSe)) {
      session.timer?.lengthen(minSe);
      return 0;
    }
    if (method === 'UPDATE' && (statusCode === 405 || statusCode === 501)) {
      session.peerAllowsUpdate = false;
      if (session.localSdp !== undefined) return 0;
    }
    const value = (headers.first('retry-after') ?? '').split(/[ \t;(]/, 1)[0] ?? '';
    const seconds = parseDecimal(value, REFRESH_RETRY.maxRetryAfterSeconds);
    return seconds === undefined || seconds === 0 ? REFRESH_RETRY.refusedMs : seconds * 1_000;
  }

  /** RFC 3261 section 14.1: the owner of the Call-ID waits longer. */
  #glareDelayMs({ dialog }: Session): number {
    const token = this.#context.options.createToken();
    return dialog.role === 'uac'
      ? 2_100 + 10 * tokenNumber(token, 191)
      : 10 * tokenNumber(token, 201);
  }

  #repeatAck({ ack }: Session, sequence: number | undefined): void {
    if (ack === undefined || ack.sequence !== sequence) return;
    this.#context.emit({ type: 'send', bytes: ack.bytes, to: ack.to, transaction: undefined });
  }

  /** The application's own request waited: one session refresh request at a time. */
  #releaseHeldRequest(session: Session, now: MonotonicMs): void {
    const held = session.heldRequest;
    if (held === undefined) return;
    session.heldRequest = undefined;
    const { to, transaction } = held;
    const request = session.dialog.renumbered(held.request);
    if (request.method === 'INVITE') session.clientInvite = transaction;
    else session.clientUpdate = { transaction, hasOffer: request.body.length > 0 };
    this.#context.transactions.send(request, to, now, transaction);
  }
}
