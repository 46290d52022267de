import { dialHeaders } from './dial-headers.ts';
import { offeredInterval, type SessionInterval } from './session-interval.ts';
import type { DialRequest, DialTarget } from './signaling.ts';
import { escapeSipUser } from './sip-user.ts';
import { transportParameter, uriHost } from './target-uri.ts';
import { ALLOW } from './uas-policy.ts';

export const SESSION_INTERVAL_TOO_SMALL = 422;
const SUPPORTED = 'timer, 100rel, replaces';
/** RFC 3323 section 4.1.1.3. */
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

export interface InviteOptions extends SessionInterval {
  readonly userAgent?: string;
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
  const { userAgent } = options;
  return {
    ...dialHeaders(request, target),
    ...callerHeaders(target, request.isAnonymous === true),
    Allow: ALLOW,
    Supported: SUPPORTED,
    ...offeredInterval(options, target.credentials !== undefined),
    ...(userAgent !== undefined && { 'User-Agent': userAgent }),
  };
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
