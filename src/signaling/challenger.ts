import type { SrfResponse } from './srf-client.ts';

/**
 * The server that sent this response, as a next hop: its name may have other addresses, which know nothing of its nonce. Undefined
 * over TLS, where the certificate is for the name, and for what our own server made.
 */
export function challengerOf(
  response: Pick<SrfResponse, 'source_address' | 'source_port' | 'protocol'>,
): string | undefined {
  const { source_address: address, source_port: port, protocol } = response;
  if (!address || !port || (protocol !== 'udp' && protocol !== 'tcp')) return undefined;
  const host = address.includes(':') ? `[${address}]` : address;
  return `sip:${host}:${port};transport=${protocol}`;
}
