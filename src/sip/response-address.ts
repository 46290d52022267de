import { defaultPort, type Endpoint, isReliable, isSecure } from './endpoint.ts';
import { bareHost } from './ip-address.ts';
import type { Via } from './via.ts';

/**
 * Where the answers to a request go: RFC 3261 section 18.2.2 and RFC 3581 section 4. Over a stream that is the connection, or
 * when it is gone a new one to the sent-by port, where a certificate has to name the sent-by host. `maddr` is not followed: an
 * answer never goes anywhere but to the address that asked.
 */
export function responseAddress(via: Via, source: Endpoint): Endpoint {
  const port = via.port ?? defaultPort(source.transport);
  if (!isReliable(source.transport)) {
    return via.parameters.has('rport') ? source : { ...source, port };
  }
  if (!isSecure(source.transport)) return { ...source, port };
  return { ...source, port, certificateName: bareHost(via.host) };
}
