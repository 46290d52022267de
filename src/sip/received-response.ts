import { parseCSeq } from './cseq.ts';
import { contactUri } from './dialog/dialog.ts';
import type { Session } from './dialog/session.ts';
import type { SipResponse } from './message/sip-message.ts';
import { names } from './option-tags.ts';
import type { PendingClientRequest } from './pending-client-request.ts';
import { parseRSeq } from './rack.ts';

/** A 2xx without Contact (RFC 3261 section 13.3.1.4 demands one) is a call that no application takes. */
export function whyUnwanted(
  { isCancelled }: PendingClientRequest,
  response: SipResponse,
): string | undefined {
  if (isCancelled) return 'ACK-BYE due to cancel race condition';
  return contactUri(response) === undefined ? 'no Contact in the answer' : undefined;
}

/**
 * RFC 3262 section 4: a reliable response is heard once and in order; without a dialog its PRACK could not be addressed, and its
 * sender repeats it.
 */
export function acceptProvisional(session: Session | undefined, response: SipResponse): boolean {
  const { headers } = response;
  const cseq = parseCSeq(headers.first('cseq') ?? '');
  const sequence = parseRSeq(headers.first('rseq'));
  if (cseq?.method !== 'INVITE' || sequence === undefined || !names(headers, 'require', '100rel')) {
    return true;
  }
  return session?.received.accept(cseq.number, sequence) === true;
}

/** An answer in a reliable response ends the exchange; one in a plain response only announces it (RFC 3261 section 13.2.1). */
export function isReliableAnswer({ headers, body }: SipResponse): boolean {
  return body.length > 0 && headers.has('rseq') && names(headers, 'require', '100rel');
}
