import { dialHeaders } from './dial-headers.ts';
import { secondsOf } from './header-numbers.ts';
import type { DialRequest, DialTarget } from './signaling.ts';
import { escapeSipUser } from './sip-user.ts';
import { transportParameter, uriHost } from './target-uri.ts';
import { ALLOW } from './uas-policy.ts';

export const SESSION_INTERVAL_TOO_SMALL = 422;
/** RFC 4028 section 4 recommends it. */
const DEFAULT_SESSION_INTERVAL_SECONDS = 1_800;
/** RFC 4028 section 4: less is never asked for. */
const MIN_SESSION_INTERVAL_SECONDS = 90;
/** Sessions are not refreshed this rarely. */
const MAX_SESSION_INTERVAL_SECONDS = 86_400;
const SUPPORTED = 'timer, 100rel, replaces';
/** RFC 3323 section 4.1.1.3. */
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

export interface InviteOptions {
  readonly userAgent?: string;
  readonly sessionIntervalSeconds?: number;
}

/**
 * The headers of an INVITE. The server writes its own address for `localhost` in From, Contact and P-Asserted-Identity.
 * @throws Error naming a header or a host that cannot be sent
 */
export function inviteHeaders(
  target: DialTarget,
  request: Pick<DialRequest, 'headers' | 'isAnonymous'>,
  options: InviteOptions = {},
): Record<string, string> {
  const { userAgent, sessionIntervalSeconds = DEFAULT_SESSION_INTERVAL_SECONDS } = options;
  return {
    ...dialHeaders(request, target),
    ...callerHeaders(target, request.isAnonymous === true),
    Allow: ALLOW,
    Supported: SUPPORTED,
    'Session-Expires': String(sessionIntervalSeconds),
    ...(userAgent !== undefined && { 'User-Agent': userAgent }),
  };
}

/** What the same INVITE carries after a 422 (RFC 4028 section 7.4); undefined when its Min-SE cannot be met. */
export function retryAfterRefusal(
  minSe: string | undefined,
): Readonly<Record<string, string>> | undefined {
  const seconds = secondsOf(minSe);
  if (seconds === undefined || seconds < MIN_SESSION_INTERVAL_SECONDS) return undefined;
  if (seconds > MAX_SESSION_INTERVAL_SECONDS) return undefined;
  return { 'Session-Expires': String(seconds), 'Min-SE': String(seconds) };
}

/** RFC 3261 section 8.1.1.3, RFC 3323 section 4.1, RFC 3325 section 9. */
function callerHeaders(target: DialTarget, isAnonymous: boolean): Record<string, string> {
  const user = escapeSipUser(target.fromUser);
  const number = `<sip:${user || 'anonymous'}@${domainOf(target)}>`;
  const isHidden = isAnonymous || user === '';
  const contactUser = isHidden ? 'anonymous' : user;
  const isAsserted = target.callerId === 'p-asserted-identity' && user !== '';
  return {
    From: isAnonymous ? ANONYMOUS : number,
    Contact: `<sip:${contactUser}@localhost${transportParameter(target)}>`,
    ...(isAsserted && { 'P-Asserted-Identity': number }),
    ...(isAnonymous && { Privacy: 'id' }),
  };
}

function domainOf({ fromDomain }: DialTarget): string {
  return fromDomain === undefined ? 'localhost' : uriHost(fromDomain);
}
