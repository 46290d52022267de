import { after, type MonotonicMs } from '../core/time.ts';
import type { Session } from './dialog/session.ts';
import { eventOf, REFER_EVENT } from './event-header.ts';
import type { Headers } from './message/headers.ts';
import type { SipRequest } from './message/sip-message.ts';
import { parseDecimal, parseParameters } from './message/tokens.ts';
import { endSession, type UserAgentContext } from './user-agent-context.ts';

/** What applies when nobody says how long, in seconds. */
const SUBSCRIPTION_SECONDS = Object.freeze({
  /** RFC 6665 leaves it to the event package; most say an hour. */
  subscribe: 3_600,
  /** A transfer that takes longer than this has failed. */
  refer: 180,
});

const MAX_DELTA_SECONDS = 2 ** 32 - 1;

/** A request with its final answer. */
interface Exchange {
  readonly request: SipRequest;
  readonly response: { readonly statusCode: number; readonly headers: Headers };
}

/** What becomes of a subscription: how long it lives from now, or that it is over. */
interface Lifetime {
  readonly event: string;
  readonly seconds: number | 'over';
}

const SUBSCRIPTION_METHODS: readonly string[] = ['SUBSCRIBE', 'REFER', 'NOTIFY'];

/** What the final answer to a request does to the subscriptions of its dialog (RFC 6665 section 4.1, RFC 3515, RFC 4488). */
export function settleSubscription(
  context: UserAgentContext,
  session: Session,
  exchange: Exchange,
  now: MonotonicMs,
): void {
  const { request, response } = exchange;
  if (response.statusCode < 200 || !SUBSCRIPTION_METHODS.includes(request.method)) return;
  const lifetime = lifetimeAfter(exchange);
  if (lifetime?.seconds === 'over') session.subscriptions.end(lifetime.event);
  else if (lifetime !== undefined) {
    session.subscriptions.keep(lifetime.event, lifetime.seconds, graceMs(context), now);
  }
  endWhenUnused(context, session, now);
  context.sessions.reschedule(session);
}

/**
 * SUBSCRIBE makes, refreshes and with Expires 0 ends a subscription; REFER makes one; NOTIFY says how long it lives; `terminated` or
 * 481 ends it. Undefined: nothing changes.
 */
function lifetimeAfter({ request, response }: Exchange): Lifetime | undefined {
  const event = eventOf(request);
  const isSuccess = response.statusCode < 300;
  if (request.method === 'REFER') {
    const hasNone = response.headers.first('refer-sub')?.toLowerCase() === 'false';
    if (!isSuccess || hasNone) return undefined;
    return { event: REFER_EVENT, seconds: SUBSCRIPTION_SECONDS.refer };
  }
  if (response.statusCode === 481) return { event, seconds: 'over' };
  if (request.method === 'SUBSCRIBE') {
    if (!isSuccess) return undefined;
    const seconds = expiresOf(response) ?? expiresOf(request) ?? SUBSCRIPTION_SECONDS.subscribe;
    return { event, seconds };
  }
  const { isTerminated, seconds } = stateOf(request);
  if (isTerminated) return { event, seconds: 'over' };
  return isSuccess && seconds !== undefined ? { event, seconds } : undefined;
}

/** RFC 5057 section 4: a dialog is over with the last of its usages. */
export function endWhenUnused(context: UserAgentContext, session: Session, now: MonotonicMs): void {
  if (!session.hasInvite && session.subscriptions.isEmpty) endSession(context, session, now);
}

/** The call is over; a subscription in the same dialog may still have its last NOTIFY. */
export function endInvite(context: UserAgentContext, session: Session, now: MonotonicMs): void {
  session.hasInvite = false;
  session.subscriptions.limit(after(now, graceMs(context)));
  session.linger();
  endWhenUnused(context, session, now);
  context.sessions.reschedule(session);
}

function stateOf({ headers }: SipRequest): {
  readonly isTerminated: boolean;
  readonly seconds: number | undefined;
} {
  const [state = '', ...others] = (headers.first('subscription-state') ?? '').split(';');
  const expires = parseParameters(`;${others.join(';')}`)?.get('expires');
  return {
    isTerminated: state.trim().toLowerCase() === 'terminated',
    seconds: parseDecimal(expires ?? '', MAX_DELTA_SECONDS),
  };
}

function expiresOf({ headers }: { readonly headers: Headers }): number | undefined {
  return parseDecimal(headers.first('expires') ?? '', MAX_DELTA_SECONDS);
}

function graceMs({ options }: UserAgentContext): number {
  return 64 * options.timers.t1Ms;
}
