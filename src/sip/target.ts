import { DEFAULT_SIP_PORT, type Endpoint } from './endpoint.ts';
import { isIpv4, parseSipUri } from './uri.ts';

/** Why a URI cannot be sent to. */
export type TargetFault = 'invalid-uri' | 'unsupported-transport';

/**
 * Where a request to this URI goes: host, port or 5060, and the transport parameter or UDP. For a name it also says what DNS may
 * decide otherwise (RFC 3263).
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
  if (port === 0) return 'invalid-uri';
  const endpoint = { transport, host: uri.host, port, connection: undefined } as const;
  if (isIpv4(uri.host)) return endpoint;
  return {
    ...endpoint,
    open: { port: uri.port === undefined, transport: !uri.parameters.has('transport') },
  };
}

/** Addresses that mean nothing outside of their own network, RFC 1918. */
export function isPrivateAddress(host: string): boolean {
  if (!isIpv4(host)) return false;
  const [a = 0, b = 0] = host.split('.').map(Number);
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}
