import { type Header, header } from '../message/headers.ts';
import type { SipRequest } from '../message/sip-message.ts';
import { parseDecimal } from '../message/tokens.ts';

/** RFC 5393 section 5.3.3: what a request may spread to when it does not say. */
const DEFAULT_MAX_BREADTH = 60;
const DEFAULT_MAX_FORWARDS = 70;
const MAX_BREADTH = 1_000_000;
/** What a proxy has to understand in a request; it has nothing to do for these (RFC 3329 is the first hop's). */
const UNDERSTOOD: readonly string[] = ['privacy'];

export interface ProxyRefusal {
  readonly statusCode: number;
  readonly headers: readonly Header[];
}

/**
 * RFC 3261 section 16.3 and RFC 5393 section 5.3.3: why a request is not forwarded. Loops are looked for on arrival. An OPTIONS that
 * has no hops left is answered here (section 11).
 */
export function whyNotForwarded(
  { method, headers }: SipRequest,
  breadth: number,
): ProxyRefusal | undefined {
  if (hopsLeft(headers.first('max-forwards')) === 0) {
    return { statusCode: method === 'OPTIONS' ? 200 : 483, headers: [] };
  }
  const unknown = headers
    .values('proxy-require')
    .filter((tag) => !UNDERSTOOD.includes(tag.toLowerCase()));
  if (unknown.length > 0) {
    return { statusCode: 420, headers: [header('Unsupported', unknown.join(', '))] };
  }
  return breadthOf(headers.first('max-breadth')) < breadth
    ? { statusCode: 440, headers: [] }
    : undefined;
}

/** Step 3 of section 16.6. */
export function nextMaxForwards(value: string | undefined): string {
  return String(value === undefined ? DEFAULT_MAX_FORWARDS : hopsLeft(value) - 1);
}

/** The share of each of so many branches that are under way at once. */
export function nextMaxBreadth(value: string | undefined, breadth: number): string {
  return String(Math.max(1, Math.floor(breadthOf(value) / breadth)));
}

function hopsLeft(value: string | undefined): number {
  return parseDecimal(value ?? '', 255) ?? DEFAULT_MAX_FORWARDS;
}

function breadthOf(value: string | undefined): number {
  return parseDecimal(value ?? '', MAX_BREADTH) ?? DEFAULT_MAX_BREADTH;
}
