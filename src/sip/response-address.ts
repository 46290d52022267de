import { DEFAULT_SIP_PORT, type Endpoint, isReliable } from './endpoint.ts';
import type { Via } from './via.ts';

/**
 * Where the answers to a request go: RFC 3261 section 18.2.2 and RFC 3581 section 4. Over a stream that is the connection, or
 * when it is gone a new one to the sent-by port. `maddr` is not followed: an answer never goes anywhere but to the address
 * that asked.
 */
export function responseAddress(via: Via, source: Endpoint): Endpoint {
  const sentByPort = via.port ?? DEFAULT_SIP_PORT;
  if (isReliable(source.transport)) return { ...source, port: sentByPort };
  return via.parameters.has('rport') ? source : { ...source, port: sentByPort };
}
