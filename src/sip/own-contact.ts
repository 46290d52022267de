import { type Endpoint, isReliable } from './endpoint.ts';
import type { LocalIdentity } from './local-identity.ts';
import { parseNameAddr } from './name-addr.ts';
import { targetOf } from './target.ts';

const HOST_PORT = /^(sip:(?:[^@]*@)?)(?:\[[^\]]*\]|[^:;?]+)(?::[0-9]+)?(.*)$/is;

/**
 * A Contact of ours as the far end `to` has to see it: the own address in its direction, the port and the name of its transport
 * (RFC 3261 section 8.1.1.8). Somebody else's stays as it is, and so does a SIPS one: its transport was fixed before.
 */
export function contactSeenFrom(value: string, to: Endpoint, identity: LocalIdentity): string {
  const uri = parseNameAddr(value)?.uri ?? '';
  const target = targetOf(uri);
  if (typeof target === 'string' || !isOwn(target, identity)) return value;
  const { host, transport } = to;
  const parameter = isReliable(transport) ? `;transport=${transport}` : '';
  const [, head = '', rest = ''] = HOST_PORT.exec(uri) ?? [];
  if (head === '') return value;
  const others = rest.replace(/;transport=[^;?]*/i, '');
  return value.replace(
    uri,
    () => `${head}${identity.hostPortFor(host, transport)}${parameter}${others}`,
  );
}

/** Under the port of its transport, or under that of UDP: it was written before the transport was known. */
function isOwn(target: Endpoint, identity: LocalIdentity): boolean {
  return identity.isSelf(target) || identity.isSelf({ ...target, transport: 'udp' });
}
