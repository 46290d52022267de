import { after, type MonotonicMs } from '../core/time.ts';
import type { Session } from './dialog/session.ts';
import type { SipRequest, SipResponse } from './message/sip-message.ts';
import type { Arrival } from './pending-client-request.ts';
import { termsOfResponse } from './session-negotiation.ts';
import { endInvite } from './subscription-usage.ts';
import {
  applyTerms,
  keepLocalSdp,
  learnAllow,
  type UserAgentContext,
} from './user-agent-context.ts';

const TARGET_REFRESHERS: readonly string[] = ['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY'];
/** Requests besides INVITE that may have our SDP in them: it counts once they have got a 2xx. */
const OFFER_ANSWER_METHODS: readonly string[] = ['PRACK', 'UPDATE'];

/** A request of ours with its final answer. */
interface Concluded {
  readonly transaction: string;
  readonly request: SipRequest;
  readonly response: SipResponse;
}

/** What the final answer to a request of ours in a dialog does to it. */
export function concludeInDialog(
  context: UserAgentContext,
  session: Session,
  { transaction, request, response }: Concluded,
  { source, now }: Arrival,
): void {
  const { statusCode } = response;
  const { method } = request;
  if (session.clientInvite === transaction) {
    session.clientInvite = undefined;
    session.hasRefusedInvite = !isSuccess(response);
  }
  if (session.clientUpdate?.transaction === transaction) session.clientUpdate = undefined;
  const isRefresh = TARGET_REFRESHERS.includes(method) && method !== 'INVITE';
  if (isRefresh && isSuccess(response) && source !== undefined) {
    session.dialog.refreshTarget(response, source);
  }
  if (OFFER_ANSWER_METHODS.includes(method) && isSuccess(response)) {
    keepLocalSdp(session, request);
  }
  if (method === 'UPDATE' && isSuccess(response)) concludeUpdate(context, session, response, now);
  if (method !== 'BYE') return;
  const isChallenge = statusCode === 401 || statusCode === 407;
  if (!context.sessions.has(session)) return;
  if (!isChallenge) {
    endInvite(context, session, now);
    return;
  }
  session.end(after(now, 64 * context.options.timers.t1Ms));
  context.sessions.reschedule(session);
}

function concludeUpdate(
  context: UserAgentContext,
  session: Session,
  response: SipResponse,
  now: MonotonicMs,
): void {
  learnAllow(session, response);
  if (session.dialog.isConfirmed) applyTerms(session, termsOfResponse(response), now);
  context.sessions.reschedule(session);
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}
