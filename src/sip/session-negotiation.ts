import type { SessionTerms } from './dialog/session-timer.ts';
import { type Header, header } from './message/headers.ts';
import type { SipRequest, SipResponse } from './message/sip-message.ts';
import { supports, withToken } from './option-tags.ts';
import {
  MAX_SESSION_SECONDS,
  MIN_SESSION_SECONDS,
  parseMinSe,
  parseSessionExpires,
  type SessionExpires,
  serializeSessionExpires,
} from './session-expires.ts';

/** Requests that refresh a session (RFC 4028 section 3). */
export const SESSION_REFRESHERS: readonly string[] = ['INVITE', 'UPDATE'];

const TAG = 'timer';

/** RFC 4028 section 9: 422 with this Min-SE when the request asks for less; undefined when it does not. */
export function tooSmallInterval({ method, headers }: SipRequest): readonly Header[] | undefined {
  if (!SESSION_REFRESHERS.includes(method) || !supports(headers, TAG)) return undefined;
  const asked = parseSessionExpires(headers.first('session-expires'));
  if (asked === undefined || asked.seconds >= MIN_SESSION_SECONDS) return undefined;
  return [header('Min-SE', `${MIN_SESSION_SECONDS}`)];
}

/**
 * What our 2xx says, RFC 4028 section 9 and its table 2: the request's Session-Expires or the application's, never more than was
 * asked nor less than Min-SE. Whoever is named by the request refreshes; else the caller does when it knows how, and we otherwise. A
 * refresh request without Session-Expires keeps the current timer alive. Undefined: no timer.
 */
export function answerExpires(
  request: SipRequest,
  given: readonly Header[],
  current: SessionTerms | undefined,
): SessionExpires | undefined {
  const { headers } = request;
  const asked = parseSessionExpires(headers.first('session-expires'));
  const own = parseSessionExpires(given.find(({ key }) => key === 'session-expires')?.value);
  const wanted = own ?? asked ?? currentExpires(current);
  if (wanted === undefined) return undefined;
  const floor = Math.max(MIN_SESSION_SECONDS, parseMinSe(headers.first('min-se')) ?? 0);
  const ceiling = asked?.seconds ?? MAX_SESSION_SECONDS;
  const seconds = Math.max(floor, Math.min(wanted.seconds, ceiling));
  const knows = supports(headers, TAG);
  const refresher = asked?.refresher ?? own?.refresher ?? currentExpires(current)?.refresher;
  return { seconds, refresher: knows ? (refresher ?? 'uac') : 'uas' };
}

/** The lines of a 2xx with Session-Expires, and with Require when the other side must refresh (RFC 4028 section 9). */
export function withAnswerExpires(
  given: readonly Header[],
  expires: SessionExpires,
): readonly Header[] {
  const lines = [
    ...given.filter(({ key }) => key !== 'session-expires'),
    header('Session-Expires', serializeSessionExpires(expires)),
  ];
  return expires.refresher === 'uac' ? withToken(lines, 'Require', TAG) : lines;
}

/** What our 2xx agreed on, from our side. */
export function termsOfAnswer({ seconds, refresher }: SessionExpires): SessionTerms {
  return { intervalSeconds: seconds, refresher: refresher === 'uas' ? 'us' : 'peer' };
}

/**
 * The lines of a session refresh request of ours (RFC 4028 sections 7.1 and 7.4): Supported, and what the application asks for, or
 * the running timer, or the default of the server.
 */
export function withRequestExpires(
  given: readonly Header[],
  current: SessionTerms | undefined,
  defaultSeconds: number | undefined,
): readonly Header[] {
  const lines = withToken(given, 'Supported', TAG);
  if (lines.some(({ key }) => key === 'session-expires')) return lines;
  const expires =
    requestExpires(current) ??
    (defaultSeconds === undefined ? undefined : { seconds: defaultSeconds, refresher: undefined });
  if (expires === undefined) return lines;
  return [...lines, header('Session-Expires', serializeSessionExpires(expires))];
}

/** What the peer's 2xx agreed on (RFC 4028 section 7.2); without Session-Expires the session has no timer. */
export function termsOfResponse({ headers }: SipResponse): SessionTerms | undefined {
  const expires = parseSessionExpires(headers.first('session-expires'));
  if (expires === undefined) return undefined;
  const intervalSeconds = Math.max(MIN_SESSION_SECONDS, expires.seconds);
  return { intervalSeconds, refresher: expires.refresher === 'uas' ? 'peer' : 'us' };
}

/** The running timer, as the one who answers says it. */
function currentExpires(current: SessionTerms | undefined): SessionExpires | undefined {
  if (current === undefined) return undefined;
  return {
    seconds: current.intervalSeconds,
    refresher: current.refresher === 'us' ? 'uas' : 'uac',
  };
}

/** The running timer, as the one who asks says it. */
function requestExpires(current: SessionTerms | undefined): SessionExpires | undefined {
  if (current === undefined) return undefined;
  return {
    seconds: current.intervalSeconds,
    refresher: current.refresher === 'us' ? 'uac' : 'uas',
  };
}
