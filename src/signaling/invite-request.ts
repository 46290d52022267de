import type { DialRequest } from './signaling.ts';
import { sendableHeaders } from './sip-headers.ts';
import { escapeSipUser } from './sip-user.ts';
import { ALLOW } from './uas-policy.ts';

/** A name, an IPv4 or an IPv6 address: nothing that could be more than the host of a URI. */
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[?[0-9A-Fa-f:.]{2,45}\]?)$/;

/** @throws Error when host or port of the gateway cannot stand in a URI. */
export function inviteUri(request: DialRequest): string {
  const { gatewayHost, gatewayPort, toUser } = request;
  if (!HOST.test(gatewayHost)) throw new Error('the gateway has no valid host');
  if (!(Number.isInteger(gatewayPort) && gatewayPort > 0 && gatewayPort <= 65_535)) {
    throw new Error('the gateway has no valid port');
  }
  const host =
    gatewayHost.includes(':') && !gatewayHost.startsWith('[') ? `[${gatewayHost}]` : gatewayHost;
  return `sip:${escapeSipUser(toUser)}@${host}:${gatewayPort}${transportParameter(request)}`;
}

/** The server writes its own address for `localhost` in From, Contact and P-Asserted-Identity. */
export function inviteHeaders(request: DialRequest): Record<string, string> {
  const user = escapeSipUser(request.fromUser) || 'anonymous';
  return {
    ...sendableHeaders(request.headers),
    From: `<sip:${user}@localhost>`,
    Contact: `<sip:${user}@localhost${transportParameter(request)}>`,
    Allow: ALLOW,
  };
}

function transportParameter(request: DialRequest): string {
  return request.transport === 'tcp' ? ';transport=tcp' : '';
}
