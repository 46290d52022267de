import { parseContacts } from './contact-list.ts';
import type { DialTarget, SipTransport } from './signaling.ts';

const MAX_USER_CHARS = 128;
const TRANSPORTS: readonly SipTransport[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];
const SIP_URI =
  /^(sips?):(?:([^@:;?]*(?:;[^@:?]*)?)(?::[^@]*)?@)?(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?(;[^?]*)?(?:\?.*)?$/is;

export interface RedirectPolicy {
  /** Calls are not sent anywhere that the answer of a gateway names: toll fraud would be easy. */
  mayFollow(host: string): boolean;
  /** As it is about to be sent, without escapes. */
  mayCall(user: string): boolean;
  /** Our own address: the call would come back. */
  isSelf(host: string, port: number | undefined): boolean;
}

/**
 * Where the Contact of a 3xx leads (RFC 3261 section 8.1.3.4), best first. Headers in the URIs (`?Replaces=`) are dropped, `tel:`
 * goes to the same gateway, and what the policy forbids or is no telephone's address is skipped.
 */
export function redirectTargets(
  target: DialTarget,
  contact: string | undefined,
  policy: RedirectPolicy,
): readonly DialTarget[] {
  const { reserve: _slotIsKept, requestUri: _isAnother, ...same } = target;
  return parseContacts(contact)
    .map(({ uri, parameters }) => ({ uri, q: qValue(parameters.get('q')) }))
    .toSorted((a, b) => b.q - a.q)
    .flatMap(({ uri }) => destinationOf(uri, policy) ?? [])
    .filter(({ toUser = target.toUser }) => toUser === target.toUser || policy.mayCall(toUser))
    .map(({ toUser, ...where }) => ({
      ...withoutWhere(same, where),
      ...where,
      toUser: toUser ?? target.toUser,
    }));
}

interface Destination {
  readonly host?: string;
  readonly port?: number;
  readonly transport?: SipTransport;
  readonly toUser: string | undefined;
}

/** Port and transport of the old host are not the new one's. */
function withoutWhere(target: DialTarget, { host }: Partial<Destination>): DialTarget {
  if (host === undefined) return target;
  const { port: _port, transport: _transport, ...rest } = target;
  return rest;
}

function destinationOf(uri: string, policy: RedirectPolicy): Destination | undefined {
  const number = /^tel:([^?;]{1,128})/i.exec(uri)?.[1];
  if (number !== undefined) return { toUser: number.replace(/[-.() ]/g, '') };
  const [, scheme = '', user, hostText = '', portText, parameters = ''] = SIP_URI.exec(uri) ?? [];
  const host = hostText.replace(/^\[|\]$/g, '').toLowerCase();
  const port = portText === undefined ? undefined : Number(portText);
  if (host === '' || (user?.length ?? 0) > MAX_USER_CHARS) return undefined;
  if (policy.isSelf(host, port) || !policy.mayFollow(host)) return undefined;
  const transport = transportOf(scheme, parameters);
  if (transport === 'unknown') return undefined;
  return {
    host,
    ...(port !== undefined && { port }),
    ...(transport !== undefined && { transport }),
    toUser: user === undefined || user === '' ? undefined : decodePercent(user),
  };
}

function transportOf(scheme: string, parameters: string): SipTransport | 'unknown' | undefined {
  const name = /;transport=([^;]*)/i.exec(parameters)?.[1]?.toLowerCase();
  if (scheme.toLowerCase() === 'sips') return name === 'ws' || name === 'wss' ? 'wss' : 'tls';
  if (name === undefined) return undefined;
  return TRANSPORTS.find((known) => known === name) ?? 'unknown';
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Escapes that are no UTF-8: as it came.
    return text;
  }
}

/** RFC 3261 section 20.10: from 0 to 1; absent, 1. */
function qValue(text: string | undefined): number {
  const q = text === undefined ? 1 : Number(text);
  return q >= 0 && q <= 1 ? q : 0;
}

/** The default: the target itself and what is below its name. */
export function isWithinTarget(target: Pick<DialTarget, 'host'>, host: string): boolean {
  const own = target.host.replace(/^\[|\]$/g, '').toLowerCase();
  return host === own || host.endsWith(`.${own}`);
}
