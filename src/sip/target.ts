import { defaultPort, type Endpoint, parseTransport, type Transport } from './endpoint.ts';
import { bareHost, isIpAddress } from './ip-address.ts';
import { isIpv4, parseSipUri, type SipUri } from './uri.ts';

/** Why a URI cannot be sent to. */
export type TargetFault = 'invalid-uri' | 'unsupported-transport';

/**
 * Where a request to this URI goes: host, port or that of the transport, and the transport parameter or UDP. A SIPS URI goes over TLS,
 * or over WSS with the parameter `ws` or `wss`. For a name it also says what DNS may decide otherwise (RFC 3263).
 */
export function targetOf(uriText: string): Endpoint | TargetFault {
  const uri = parseSipUri(uriText);
  if (uri === undefined) return 'invalid-uri';
  const transport = transportOf(uri);
  if (transport === undefined) return 'unsupported-transport';
  const port = uri.port ?? defaultPort(transport);
  if (port === 0) return 'invalid-uri';
  const isOpen = transport === 'udp' && !uri.parameters.has('transport');
  const endpoint = {
    transport,
    host: bareHost(uri.host),
    port,
    connection: undefined,
    ...(isOpen && { isTransportOpen: true }),
  };
  if (isIpAddress(endpoint.host)) return endpoint;
  return { ...endpoint, open: { port: uri.port === undefined, transport: isOpen } };
}

function transportOf({ scheme, parameters }: SipUri): Transport | undefined {
  const named = parameters.get('transport');
  const transport = parseTransport(named ?? (scheme === 'sips' ? 'tls' : 'udp'));
  if (scheme === 'sip' || transport === undefined) return transport;
  // RFC 3261 section 26.2.2: `sips:...;transport=tcp` is TLS over TCP; there is no TLS over UDP here.
  if (transport === 'udp') return undefined;
  return transport === 'ws' || transport === 'wss' ? 'wss' : 'tls';
}

/** Addresses that mean nothing outside of their own network, RFC 1918. */
export function isPrivateAddress(host: string): boolean {
  if (!isIpv4(host)) return false;
  const [a = 0, b = 0] = host.split('.').map(Number);
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}
