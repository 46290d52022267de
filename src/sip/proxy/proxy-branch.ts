import { type HashKey, hashKeyOf, keyedHash } from '../../core/keyed-hash.ts';
import { parseCSeq } from '../cseq.ts';
import type { Headers } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/sip-message.ts';
import { tagOf } from '../name-addr.ts';
import { parseVia } from '../via.ts';

/** The magic cookie of RFC 3261 section 8.1.1.7, and what tells a branch of the proxy from one of the user agent. */
const PREFIX = 'z9hG4bKpx.';
const SHAPE = /^z9hG4bKpx\.([^.]+)\.([0-9a-f]{16})\.([0-9a-f]{16})$/;

/** What a proxy decides by, besides the identity of the request (RFC 5393 section 4.2.1). */
const ROUTING_HEADERS: readonly string[] = ['proxy-require', 'proxy-authorization'];

/**
 * The branch parameters of forwarded requests: a unique part, the loop hash of RFC 5393 section 4.2.1, and a seal over where the
 * responses go, so that a response without its transaction is known for ours.
 */
export class ProxyBranches {
  readonly #key: HashKey;

  constructor(secret: string) {
    this.#key = hashKeyOf(secret);
  }

  /**
   * The same for a request that comes again without anything changed that it is routed by. `uri` and `routes` are those of the
   * request as received, our own Route taken off.
   */
  loopHash(headers: Headers, uri: string, routes: readonly string[]): string {
    const { number } = parseCSeq(headers.first('cseq') ?? '') ?? {};
    const text = [
      uri,
      tagOf(headers.first('from')) ?? '',
      tagOf(headers.first('to')) ?? '',
      headers.first('call-id') ?? '',
      number,
      ...routes,
      ...ROUTING_HEADERS.flatMap((key) => headers.values(key)),
    ];
    return keyedHash(this.#key, text.join('\n'));
  }

  /** The branch for a request whose top Via is that of the sender. */
  create(unique: string, loopHash: string, { headers }: SipRequest): string {
    const head = `${unique}.${loopHash}`;
    return `${PREFIX}${head}.${this.#seal(head, headers, headers.values('via')[0] ?? '')}`;
  }

  /** A name that is the same for every copy of a request that is forwarded without a transaction (RFC 3261 section 16.11). */
  statelessName({ headers, method }: SipRequest): string {
    const via = headers.values('via')[0] ?? '';
    return keyedHash(this.#key, [viaIdentity(via), headers.first('call-id'), method].join('\n'));
  }

  /** Whether we have put the top Via of this response before the next one, in a request with its Call-ID and CSeq. */
  isOwn({ headers }: SipResponse): boolean {
    const [top = '', next = ''] = headers.values('via');
    const match = SHAPE.exec(branchOf(top));
    if (match === null) return false;
    const [, unique, loopHash, seal] = match;
    return this.#seal(`${unique}.${loopHash}`, headers, next) === seal;
  }

  /** The token that our Record-Route carries: without it nobody sends requests through us past the application. */
  routeToken(callId: string): string {
    return keyedHash(this.#key, `route\n${callId}`);
  }

  #seal(head: string, headers: Headers, via: string): string {
    const { number } = parseCSeq(headers.first('cseq') ?? '') ?? {};
    const text = [head, headers.first('call-id') ?? '', number, viaIdentity(via)];
    return keyedHash(this.#key, text.join('\n'));
  }
}

/** Whether the request has been through this proxy with this loop hash before. */
export function hasLooped({ headers }: SipRequest, loopHash: string): boolean {
  return headers.values('via').some((via) => SHAPE.exec(branchOf(via))?.[2] === loopHash);
}

/** Whether the request has been through a proxy that writes branches like this one. */
export function hasProxyVia({ headers }: SipRequest): boolean {
  return headers.lines('via').some(({ value }) => value.includes(PREFIX));
}

function branchOf(via: string): string {
  return parseVia(via)?.parameters.get('branch') ?? '';
}

/** What of a Via survives those who write it anew. */
function viaIdentity(text: string): string {
  const via = parseVia(text);
  if (via === undefined) return '';
  const { transport, host, port, parameters } = via;
  const kept = ['branch', 'received', 'rport'].map((name) => parameters.get(name) ?? '');
  return [transport, host.toLowerCase(), port ?? '', ...kept].join(' ');
}
