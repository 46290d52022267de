import type { MonotonicMs } from '../core/time.ts';
import type { Session } from './dialog/session.ts';
import type { SipResponse } from './message/sip-message.ts';
import type { PendingRequest } from './pending-request.ts';
import { parseSessionExpires } from './session-expires.ts';
import { SESSION_REFRESHERS, termsOfAnswer } from './session-negotiation.ts';
import { endInvite, settleSubscription } from './subscription-usage.ts';
import {
  applyTerms,
  keepLocalSdp,
  learnAllow,
  type UserAgentContext,
} from './user-agent-context.ts';

/** Requests whose 2xx may have our SDP in it. */
const OFFER_ANSWER_METHODS: readonly string[] = ['INVITE', 'PRACK', 'UPDATE'];

/** What an answer of ours says about the session: our SDP, and the timer (RFC 4028 section 9). */
export function settleAnswer(
  context: UserAgentContext,
  session: Session,
  { pending, response }: { readonly pending: PendingRequest; readonly response: SipResponse },
  now: MonotonicMs,
): void {
  const { request } = pending.record;
  const { sessions } = context;
  if (!sessions.has(session)) return;
  learnAllow(session, request);
  settleSubscription(context, session, { request, response }, now);
  if (request.method === 'BYE' && pending.isInDialog && response.statusCode >= 200) {
    endInvite(context, session, now);
  }
  if (OFFER_ANSWER_METHODS.includes(request.method) && isSuccess(response)) {
    keepLocalSdp(session, response);
  }
  if (SESSION_REFRESHERS.includes(request.method) && isSuccess(response)) {
    const expires = parseSessionExpires(response.headers.first('session-expires'));
    const terms = expires === undefined ? undefined : termsOfAnswer(expires);
    if (session.dialog.isConfirmed) applyTerms(session, terms, now);
  }
  context.sessions.reschedule(session);
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}
