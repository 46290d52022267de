import { parseCSeq } from '../cseq.ts';
import type { SipMessage, SipRequest } from '../message/sip-message.ts';
import { tagOf } from '../name-addr.ts';
import { parseVia } from '../via.ts';

const MAGIC_COOKIE = 'z9hG4bK';

/**
 * What a request of the same server transaction has in common (RFC 3261 section 17.2.3). ACK and CANCEL find their INVITE by
 * `method`. The Call-ID and the transport in the Via count too: no retransmission changes them, and not everybody's branches are unique. Without a usable branch the fields of RFC 2543 decide; the bare magic cookie is no usable branch.
 */
export function serverKey(request: SipRequest, method: string): string {
  const { headers } = request;
  const callId = headers.first('call-id');
  const topVia = headers.values('via')[0] ?? '';
  const via = parseVia(topVia);
  const branch = via?.parameters.get('branch') ?? '';
  if (via !== undefined && branch.startsWith(MAGIC_COOKIE) && branch.length > MAGIC_COOKIE.length) {
    return `${branch}|${via.transport}/${via.host}:${via.port ?? ''}|${callId}|${method}`;
  }
  const number = parseCSeq(headers.first('cseq') ?? '')?.number;
  const from = tagOf(headers.first('from')) ?? '';
  return `2543|${callId}|${from}|${number}|${request.uri}|${sentBy(topVia)}|${method}`;
}

/** RFC 2543 compares the whole top Via; what we stamp into it differs between a request and its CANCEL at most in the port. */
function sentBy(topVia: string): string {
  const via = parseVia(topVia);
  return `${via?.transport}/${via?.host}:${via?.port ?? ''};${via?.parameters.get('branch') ?? ''}`;
}

/** What a response has in common with our request (RFC 3261 section 17.1.3). */
export function clientKey(message: SipMessage): string {
  const method = parseCSeq(message.headers.first('cseq') ?? '')?.method ?? '';
  return clientKeyOf(message.headers.values('via')[0] ?? '', method);
}

export function clientKeyOf(via: string, method: string): string {
  return `${parseVia(via)?.parameters.get('branch') ?? ''}|${method}`;
}
