import { DEFAULT_SIP_PORT, type Endpoint } from './endpoint.ts';
import { isIpv4, parseSipUri } from './uri.ts';

/** Why a URI cannot be sent to. */
export type TargetFault = 'invalid-uri' | 'unsupported-transport';

/**
 * Where a request to this URI goes (RFC 3263 without NAPTR and SRV): host, port or 5060, and the transport parameter or UDP.
 */
export function targetOf(uriText: string): Endpoint | TargetFault {
  const uri = parseSipUri(uriText);
  if (uri === undefined) return 'invalid-uri';
  const transport = uri.parameters.get('transport')?.toLowerCase() ?? 'udp';
  if (uri.scheme === 'sips' || (transport !== 'udp' && transport !== 'tcp')) {
    return 'unsupported-transport';
  }
  if (uri.host.startsWith('[')) return 'unsupported-transport';
  const port = uri.port ?? DEFAULT_SIP_PORT;
  return port === 0 ? 'invalid-uri' : { transport, host: uri.host, port, connection: undefined };
}

/** Addresses that mean nothing outside of their own network, RFC 1918. */
export function isPrivateAddress(host: string): boolean {
  if (!isIpv4(host)) return false;
  const [a = 0, b = 0] = host.split('.').map(Number);
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}
