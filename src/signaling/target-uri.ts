import type { SipTarget } from './signaling.ts';
import { escapeSipUser } from './sip-user.ts';

/** A name, an IPv4 or an IPv6 address: nothing that could be more than the host of a URI. */
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[?[0-9A-Fa-f:.]{2,45}\]?)$/;

/**
 * The URI of a user at a server, or of the server itself; without port or transport where the target leaves that to
 * RFC 3263.
 * @throws Error when host or port cannot stand in a URI.
 */
export function targetUri(target: SipTarget, user?: string): string {
  const at = user === undefined ? '' : `${escapeSipUser(user)}@`;
  return `sip:${at}${uriHost(target.host)}${portPart(target.port)}${transportParameter(target)}`;
}

/** Of a Contact too, or in-dialog requests would come another way. */
export function transportParameter({ transport }: SipTarget): string {
  return transport === undefined || transport === 'udp' ? '' : `;transport=${transport}`;
}

/** @throws Error */
export function uriHost(host: string): string {
  if (!HOST.test(host)) throw new Error('the gateway has no valid host');
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function portPart(port: number | undefined): string {
  if (port === undefined) return '';
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return `:${port}`;
  throw new Error('the gateway has no valid port');
}
