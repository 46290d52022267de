import { secondsOf } from './header-numbers.ts';
import type { SrfMessage } from './srf-client.ts';
import { optionTags } from './uas-policy.ts';

/** RFC 4028 section 4 recommends it. */
const DEFAULT_SESSION_EXPIRES_SECONDS = 1_800;
/** RFC 4028 section 4: less is never asked for. */
const MIN_SESSION_EXPIRES_SECONDS = 90;
/** Sessions are not refreshed this rarely. */
const MAX_SESSION_EXPIRES_SECONDS = 86_400;

export interface SessionInterval {
  readonly sessionExpiresSeconds?: number;
  /** Less than this is not agreed to. */
  readonly minSessionExpiresSeconds?: number;
}

/**
 * Of an INVITE. The SIP server sends the refreshes of ours and cannot answer challenges: who has given us credentials is asked to
 * refresh (RFC 4028 section 7.1).
 */
export function offeredInterval(
  { sessionExpiresSeconds, minSessionExpiresSeconds }: SessionInterval,
  mayBeChallenged: boolean,
): Record<string, string> {
  const wanted = sessionExpiresSeconds ?? DEFAULT_SESSION_EXPIRES_SECONDS;
  const seconds = Math.max(wanted, minSessionExpiresSeconds ?? 0);
  const refresher = mayBeChallenged ? ';refresher=uas' : '';
  return {
    'Session-Expires': `${seconds}${refresher}`,
    ...(minSessionExpiresSeconds !== undefined && {
      'Min-SE': String(Math.max(minSessionExpiresSeconds, MIN_SESSION_EXPIRES_SECONDS)),
    }),
  };
}

/** What the same INVITE carries after a 422 (RFC 4028 section 7.4); undefined when its Min-SE cannot be met. */
export function intervalAfterRefusal(
  sessionExpires: string | undefined,
  minSe: string | undefined,
): Readonly<Record<string, string>> | undefined {
  const seconds = secondsOf(minSe);
  if (seconds === undefined || seconds < MIN_SESSION_EXPIRES_SECONDS) return undefined;
  if (seconds > MAX_SESSION_EXPIRES_SECONDS) return undefined;
  const parameters = /;.*$/.exec(sessionExpires ?? '')?.[0] ?? '';
  return { 'Session-Expires': `${seconds}${parameters}`, 'Min-SE': String(seconds) };
}

/**
 * Of our 200, where an interval is configured and the caller has session timers: shorter than it asked for, never below its Min-SE (RFC
 * 4028 section 9). Whom it named refreshes, else the caller itself. Undefined: as the caller asked.
 */
export function answeredInterval(
  req: Pick<SrfMessage, 'get'>,
  { sessionExpiresSeconds }: SessionInterval,
): Readonly<Record<string, string>> | undefined {
  if (sessionExpiresSeconds === undefined || !optionTags(req, 'supported').includes('timer')) {
    return undefined;
  }
  const asked = req.get('session-expires') ?? req.get('x');
  const least = Math.max(secondsOf(req.get('min-se')) ?? 0, MIN_SESSION_EXPIRES_SECONDS);
  const most = secondsOf(asked) ?? MAX_SESSION_EXPIRES_SECONDS;
  const seconds = Math.max(least, Math.min(sessionExpiresSeconds, most));
  const refresher = /;\s*refresher\s*=\s*(uac|uas)/i.exec(asked ?? '')?.[1]?.toLowerCase() ?? 'uac';
  const isTheirs = refresher === 'uac';
  return {
    'Session-Expires': `${seconds};refresher=${refresher}`,
    ...(isTheirs && { Require: 'timer' }),
  };
}
