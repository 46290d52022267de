import type { DialRequest, DialTarget } from './signaling.ts';
import { sendableHeaders } from './sip-headers.ts';
import { escapeSipUser } from './sip-user.ts';
import { transportParameter } from './target-uri.ts';
import { ALLOW } from './uas-policy.ts';

/** The server writes its own address for `localhost` in From, Contact and P-Asserted-Identity. */
export function inviteHeaders(
  target: DialTarget,
  request: Pick<DialRequest, 'headers'>,
): Record<string, string> {
  const user = escapeSipUser(target.fromUser) || 'anonymous';
  return {
    ...sendableHeaders({ ...request.headers, ...target.headers }),
    From: `<sip:${user}@localhost>`,
    Contact: `<sip:${user}@localhost${transportParameter(target)}>`,
    Allow: ALLOW,
  };
}
