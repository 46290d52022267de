import type { SipTarget } from './signaling.ts';
import type { ExchangeRequest } from './srf-exchange.ts';
import { targetUri } from './target-uri.ts';

/** Is this server there, and does it take requests (RFC 3261 section 11)? @throws Error when the target has no valid host or port. */
export function pingRequest(target: SipTarget): ExchangeRequest {
  const { outboundProxy } = target;
  return {
    uri: targetUri(target),
    method: 'OPTIONS',
    headers: { From: '<sip:ping@localhost>', Accept: 'application/sdp' },
    ...(outboundProxy !== undefined && { proxy: outboundProxy }),
  };
}
