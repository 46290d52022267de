import { parseCSeq } from '../cseq.ts';
import { type NameAddr, parseNameAddr } from '../name-addr.ts';
import { parseSipUri, uriScheme } from '../uri.ts';
import { parseVia } from '../via.ts';
import { MESSAGE_LIMITS, type SipMessage, type SipRequest } from './sip-message.ts';
import { hasUnicodeSpace, isToken, parseDecimal } from './tokens.ts';

/** Headers that every message has exactly once (RFC 3261 sections 8.1.1 and 20, table 2). */
const ONCE = ['call-id', 'cseq', 'from', 'to'] as const;
/** Headers of a request whose second line somebody else might go by (RFC 4475 section 3.3.9). */
const AT_MOST_ONCE = [
  'max-forwards',
  'expires',
  'content-type',
  'session-expires',
  'min-se',
  'refer-to',
  'replaces',
  'event',
  'rack',
  'subscription-state',
] as const;
const MAX_EXPIRES_SECONDS = 2 ** 32 - 1;

/** What is wrong with the headers that this stack itself relies on, or undefined when nothing is. */
export function findFault(message: SipMessage): string | undefined {
  const fault = findIdentityFault(message);
  if (fault !== undefined) return fault;
  const cseq = parseCSeq(message.headers.first('cseq') ?? '');
  if (cseq === undefined) return 'Malformed CSeq';
  if (message.type === 'response') return undefined;
  return cseq.method === message.method ? findRequestFault(message) : 'CSeq Method Mismatch';
}

/** List headers of which some peers add one per hop or per fork. */
const LISTS = ['via', 'route', 'record-route', 'contact'] as const;

function findIdentityFault({ headers }: SipMessage): string | undefined {
  for (const key of LISTS) {
    if (headers.values(key).length > MESSAGE_LIMITS.listValues) return `Too Many ${key}`;
  }
  for (const key of ONCE) {
    const count = headers.lines(key).length;
    if (count !== 1) return count === 0 ? `Missing ${key}` : `Repeated ${key}`;
  }
  if (!isIdentifier(headers.first('call-id') ?? '')) return 'Malformed Call-ID';
  if (!areVias(headers.values('via'))) return 'Missing or Malformed Via';
  if (!isAddressWithTag(headers.first('from'))) return 'Malformed From';
  if (!isAddressWithTag(headers.first('to'))) return 'Malformed To';
  return undefined;
}

/** Wider than `word` of the grammar, but free of white space and of what separates fields where identifiers are written down. */
function isIdentifier(text: string): boolean {
  return /^[\x21-\x7b\x7d\x7e\x80-\xff]+$/.test(text) && !hasUnicodeSpace(text);
}

/** One at least; those of the hops before go back with every answer. */
function areVias(values: readonly string[]): boolean {
  return values.length > 0 && values.every((value) => parseVia(value) !== undefined);
}

/** `;name` or `;name=value` up to the end, the value a token or quoted: who reads less strictly finds another tag. */
const PARAMETERS =
  /^[ \t]*(?:;[ \t]*[-.!%*_+`'~\w]+[ \t]*(?:=[ \t]*(?:[-.!%*_+`'~\w]+|"[^"\\]*(?:\\.[^"\\]*)*")[ \t]*)?)*$/s;

function isAddressWithTag(value = ''): boolean {
  const address = parseNameAddr(value);
  if (address === undefined) return false;
  return (
    PARAMETERS.test(parametersOf(value, address)) &&
    isToken(address.parameters.get('tag') || 'none')
  );
}

/** Behind the `>`, or before the first semicolon where there is none. */
function parametersOf(value: string, { displayName }: NameAddr): string {
  const open = value.indexOf('<', displayName.length);
  if (open !== -1) return value.slice(value.indexOf('>', open) + 1);
  const semicolon = value.indexOf(';');
  return semicolon === -1 ? '' : value.slice(semicolon);
}

function findRequestFault(request: SipRequest): string | undefined {
  const { headers } = request;
  const scheme = uriScheme(request.uri);
  if (scheme === undefined) return 'Malformed Request-URI';
  if (scheme === 'sip' || scheme === 'sips') {
    if (parseSipUri(request.uri) === undefined) return 'Malformed Request-URI';
  }
  const repeated = AT_MOST_ONCE.find((key) => headers.lines(key).length > 1);
  if (repeated !== undefined) return `Repeated ${repeated}`;
  const maxForwards = headers.first('max-forwards');
  if (maxForwards !== undefined && parseDecimal(maxForwards, 255) === undefined) {
    return 'Malformed Max-Forwards';
  }
  const expires = headers.first('expires');
  if (expires !== undefined && parseDecimal(expires, MAX_EXPIRES_SECONDS) === undefined) {
    return 'Malformed Expires';
  }
  return findContactFault(request) ?? findRouteFault(request) ?? findRegisterFault(request);
}

function findContactFault({ method, headers }: SipRequest): string | undefined {
  const contacts = headers.values('contact');
  for (const contact of contacts) {
    if (contact === '*' && method === 'REGISTER') continue;
    if (!isReachable(parseNameAddr(contact)?.uri)) return 'Malformed Contact';
  }
  return undefined;
}

/** A SIP URI is checked in full: requests of ours are sent to it. */
function isReachable(uri: string | undefined): boolean {
  const scheme = uriScheme(uri ?? '');
  if (scheme !== 'sip' && scheme !== 'sips') return uri !== undefined;
  return parseSipUri(uri ?? '') !== undefined;
}

function findRouteFault({ headers }: SipRequest): string | undefined {
  for (const key of ['route', 'record-route']) {
    for (const value of headers.values(key)) {
      if (parseNameAddr(value) === undefined) return `Malformed ${key}`;
    }
  }
  return undefined;
}

/** RFC 3261 section 10.2: the address-of-record is a SIP URI; `*` only removes, and only alone. */
function findRegisterFault({ method, headers }: SipRequest): string | undefined {
  if (method !== 'REGISTER') return undefined;
  const scheme = uriScheme(parseNameAddr(headers.first('to') ?? '')?.uri ?? '');
  if (scheme !== 'sip' && scheme !== 'sips' && scheme !== 'tel') return 'Malformed To';
  const contacts = headers.values('contact');
  if (!contacts.includes('*')) return undefined;
  const removes = parseDecimal(headers.first('expires') ?? '', MAX_EXPIRES_SECONDS) === 0;
  return removes && contacts.length === 1 ? undefined : 'Contact * Without Expires 0';
}
