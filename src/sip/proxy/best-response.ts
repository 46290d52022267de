import type { Header, Headers } from '../message/headers.ts';
import type { SipResponse } from '../message/sip-message.ts';
import { parseNameAddr } from '../name-addr.ts';

/** A final response of one branch, our Via taken off; without a message it was made here. */
export interface BranchFinal {
  readonly statusCode: number;
  readonly message: SipResponse | undefined;
}

const CHALLENGES: readonly string[] = ['www-authenticate', 'proxy-authenticate'];
/** RFC 3261 section 16.7 step 6: 4xx that tell the caller how to try again, in the order of preference. */
const PREFERRED: readonly number[] = [401, 407, 415, 420, 484];
/** What says least of why the call failed. */
const LEAST: readonly number[] = [408, 487, 503];

/** Whether the response asks for credentials and says for which. */
export function isChallenge({ statusCode, headers }: SipResponse): boolean {
  const asks = statusCode === 401 || statusCode === 407;
  return asks && CHALLENGES.some((key) => headers.has(key));
}

/**
 * RFC 3261 section 16.7 step 6: a 6xx if there is one, else the lowest class; in it what helps to try again, else the first that came.
 */
export function chooseBest(finals: readonly BranchFinal[]): BranchFinal | undefined {
  let best: BranchFinal | undefined;
  for (const final of finals) {
    if (best === undefined || rank(final.statusCode) < rank(best.statusCode)) best = final;
  }
  return best;
}

function rank(statusCode: number): number {
  const group = statusCode >= 600 ? 0 : Math.floor(statusCode / 100);
  const preferred = PREFERRED.indexOf(statusCode);
  if (preferred !== -1) return group * 100 + preferred;
  return group * 100 + (LEAST.includes(statusCode) ? 99 : 50);
}

/**
 * Section 16.7 step 7: a 401 or 407 goes back with the challenges of all of them. In the same way a 3xx goes back with the Contacts
 * of all.
 */
export function aggregate(best: SipResponse, finals: readonly BranchFinal[]): SipResponse {
  const others = finals.flatMap(({ message }) =>
    message === undefined || message === best ? [] : [message],
  );
  if (best.statusCode === 401 || best.statusCode === 407) {
    const asking = others.filter(({ statusCode }) => statusCode === 401 || statusCode === 407);
    return withMore(best, asking.flatMap(challengeLines));
  }
  if (best.statusCode < 300 || best.statusCode >= 400) return best;
  const redirecting = others.filter(({ statusCode }) => statusCode >= 300 && statusCode < 400);
  const known = new Set(contactUris(best.headers));
  return withMore(
    best,
    redirecting.flatMap(({ headers }) => newContacts(headers, known)),
  );
}

export function contactUris(headers: Headers): readonly string[] {
  return headers.values('contact').flatMap((value) => parseNameAddr(value)?.uri ?? []);
}

function challengeLines({ headers }: SipResponse): readonly Header[] {
  return [...headers].filter(({ key }) => CHALLENGES.includes(key));
}

function newContacts(headers: Headers, known: Set<string>): readonly Header[] {
  const lines: Header[] = [];
  for (const value of headers.values('contact')) {
    const uri = parseNameAddr(value)?.uri;
    if (uri === undefined || known.has(uri)) continue;
    known.add(uri);
    lines.push({ name: 'Contact', key: 'contact', value });
  }
  return lines;
}

function withMore(response: SipResponse, lines: readonly Header[]): SipResponse {
  return lines.length === 0 ? response : { ...response, headers: response.headers.with(...lines) };
}
