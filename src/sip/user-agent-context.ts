import { noBytes } from '../core/bytes.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { Session } from './dialog/session.ts';
import type { SessionTable } from './dialog/session-table.ts';
import { type SessionTerms, SessionTimer } from './dialog/session-timer.ts';
import type { Endpoint } from './endpoint.ts';
import type { LocalIdentity } from './local-identity.ts';
import { header } from './message/headers.ts';
import { serializeMessage } from './message/serialize-message.ts';
import type { SipMessage, SipRequest } from './message/sip-message.ts';
import { names } from './option-tags.ts';
import { completeInDialogRequest, givenSequence } from './outgoing-request.ts';
import type { RegisteredFlows } from './registered-flows.ts';
import { SESSION_REFRESHERS, withRequestExpires } from './session-negotiation.ts';
import type { SubscribeAttempts } from './subscribe-attempts.ts';
import type { TargetFault } from './target.ts';
import type { TransactionLayer } from './transaction/transaction-layer.ts';
import type {
  CommandFault,
  InDialogRequest,
  Sent,
  UserAgentOptions,
  UserAgentOutput,
} from './user-agent-io.ts';

/** What the two halves of a user agent share. */
export interface UserAgentContext {
  readonly options: UserAgentOptions;
  readonly identity: LocalIdentity;
  readonly transactions: TransactionLayer;
  readonly sessions: SessionTable;
  readonly subscribing: SubscribeAttempts;
  readonly flows: RegisteredFlows;
  readonly emit: (output: UserAgentOutput) => void;
}

export function commandFault(fault: TargetFault): { readonly fault: CommandFault } {
  return { fault };
}

/**
 * Removes a dialog and says so, once; of several forks when the last one is gone. What the user still waits for is sent all the same,
 * so that it gets its answer; an INVITE that the peer may never answer now is given up.
 */
export function endSession(
  { sessions, transactions, emit }: UserAgentContext,
  session: Session,
  now: MonotonicMs,
): void {
  const { dialog, heldBye, heldRequest, clientInvite, refresh } = session;
  if (!sessions.remove(session)) return;
  for (const held of [heldRequest, heldBye]) {
    if (held === undefined) continue;
    transactions.send(dialog.renumbered(held.request), held.to, now, held.transaction);
  }
  for (const open of [clientInvite, refresh]) {
    if (open !== undefined) transactions.cancel(open, [], now);
  }
  session.heldRequest = undefined;
  session.heldBye = undefined;
  if (sessions.byId(dialog.id) === undefined) emit({ type: 'dialog-ended', dialog: dialog.id });
}

/** The next request of a dialog, ready to be sent, or why it cannot be. */
export function buildInDialog(
  context: UserAgentContext,
  session: Session,
  outgoing: InDialogRequest,
): { readonly request: SipRequest; readonly to: Endpoint } | { readonly fault: CommandFault } {
  const to = session.dialog.destination();
  if (typeof to === 'string') return commandFault(to);
  const given = SESSION_REFRESHERS.includes(outgoing.method)
    ? withRequestExpires(outgoing.headers, session.timer?.terms, undefined)
    : outgoing.headers;
  const lines = session.dialog.nextRequest(outgoing.method, givenSequence(outgoing.headers));
  const { identity, options } = context;
  const way = { identity, to, createToken: options.createToken };
  return {
    request: completeInDialogRequest(
      { ...outgoing, headers: given },
      lines,
      session.dialog.localContact,
      way,
    ),
    to,
  };
}

/** Keeps what a session refresh of ours would repeat. */
export function keepLocalSdp(session: Session, { headers, body }: SipMessage): void {
  if (body.length === 0) return;
  session.localSdp = { contentType: headers.first('content-type') ?? 'application/sdp', body };
}

/** What the peer says of itself in a message of this dialog. */
export function learnAllow(session: Session, { headers }: SipMessage): void {
  if (headers.has('allow')) session.peerAllowsUpdate = names(headers, 'allow', 'UPDATE');
}

/** A 2xx to a session refresh request: the timer starts again, or is over. */
export function applyTerms(
  session: Session,
  terms: SessionTerms | undefined,
  now: MonotonicMs,
): void {
  if (terms === undefined) session.timer = undefined;
  else if (session.timer === undefined) session.timer = new SessionTimer(terms, now);
  else session.timer.refreshed(terms, now);
}

/** Sends the BYE that waited for an ACK, if there is one. */
export function releaseHeldBye(
  context: UserAgentContext,
  session: Session,
  now: MonotonicMs,
): boolean {
  const held = session.heldBye;
  if (held === undefined) return false;
  session.heldBye = undefined;
  const request = session.dialog.renumbered(held.request);
  context.transactions.send(request, held.to, now, held.transaction);
  if (held.isOrphaned === true) endSession(context, session, now);
  return true;
}

/** Text of a Reason, with cause 200 unless it has its own. */
type EndReason = string | { readonly cause: number; readonly text: string };

/** Ends a dialog from our side and tells the user why, unless the user has asked for its end already. */
export function endByOurselves(
  context: UserAgentContext,
  session: Session,
  reason: EndReason,
  now: MonotonicMs,
): void {
  if (releaseHeldBye(context, session, now)) return;
  const sent = sendBye(context, session, reason, now);
  const dialog = session.dialog.id;
  if (sent !== undefined) context.emit({ type: 'unsolicited-bye', dialog, sent });
  endSession(context, session, now);
}

/**
 * Ends a dialog that the user never heard of: of a fork, or at an address, that answered when another one had. It may have the
 * name of the user's own.
 */
export function endUnheard(
  context: UserAgentContext,
  session: Session,
  reason: string,
  now: MonotonicMs,
): void {
  sendBye(context, session, reason, now);
  endSession(context, session, now);
}

function sendBye(
  context: UserAgentContext,
  session: Session,
  reason: EndReason,
  now: MonotonicMs,
): Sent | undefined {
  const { transactions } = context;
  if (session.clientInvite !== undefined) transactions.cancel(session.clientInvite, [], now);
  const { cause, text } = typeof reason === 'string' ? { cause: 200, text: reason } : reason;
  const headers = [header('Reason', `SIP;cause=${cause};text="${text}"`)];
  const built = buildInDialog(context, session, { method: 'BYE', headers, body: noBytes() });
  if ('fault' in built) return undefined;
  const { request: message, to } = built;
  const { id: transaction, bytes } = transactions.send(message, to, now);
  return { transaction, dialog: session.dialog.id, message, bytes, to };
}

/** Tells the user that a dialog is over which the other side never had: the BYE is only shown. */
export function reportUnsentBye(context: UserAgentContext, session: Session, reason: string): void {
  const headers = [header('Reason', `SIP;cause=200;text="${reason}"`)];
  const built = buildInDialog(context, session, { method: 'BYE', headers, body: noBytes() });
  if ('fault' in built) return;
  const dialog = session.dialog.id;
  const { request: message, to } = built;
  const transaction = context.options.createId();
  const sent: Sent = { transaction, dialog, message, bytes: serializeMessage(message), to };
  context.emit({ type: 'unsolicited-bye', dialog, sent });
}
