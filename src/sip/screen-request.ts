import { targetUri } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import { unknownExtensions } from './extensions.ts';
import type { Refusal } from './in-dialog-rules.ts';
import { header } from './message/headers.ts';
import type { SipRequest } from './message/sip-message.ts';
import { tooSmallInterval } from './session-negotiation.ts';
import { uriScheme } from './uri.ts';

const SCHEMES: readonly string[] = ['sip', 'sips', 'tel'];
/** Answers to these make a dialog (RFC 3261 section 12, RFC 6665). */
export const DIALOG_METHODS: readonly string[] = ['INVITE', 'SUBSCRIBE'];
const SUBSCRIPTION_METHODS: readonly string[] = ['NOTIFY', 'SUBSCRIBE'];
const ONLY_IN_CALL: readonly string[] = ['INVITE', 'UPDATE', 'BYE', 'PRACK', 'INFO'];

/** RFC 3261 sections 8.2.2.1 and 8.2.2.3: what is refused without asking anybody. */
export function screen(request: SipRequest): Refusal | undefined {
  const { uri, headers } = request;
  if (!SCHEMES.includes(uriScheme(uri) ?? '')) return { statusCode: 416, headers: [] };
  const unknown = unknownExtensions(headers);
  if (unknown.length > 0) {
    return { statusCode: 420, headers: [header('Unsupported', unknown.join(', '))] };
  }
  // Section 8.1.1.8: nothing could be sent in its dialog.
  if (DIALOG_METHODS.includes(request.method) && targetUri(request) === undefined) {
    return { statusCode: 400, headers: [] };
  }
  const minSe = tooSmallInterval(request);
  return minSe === undefined ? undefined : { statusCode: 422, headers: minSe };
}

/** After BYE only what is left of a subscription comes in (RFC 5057 section 4). */
export function isOpenTo(
  { isEnding, hasInvite, subscriptions }: Session,
  { method }: SipRequest,
): boolean {
  const isOfSubscription = SUBSCRIPTION_METHODS.includes(method) && !subscriptions.isEmpty;
  return isOfSubscription || (!isEnding && (hasInvite || !ONLY_IN_CALL.includes(method)));
}
