import { parseCSeq } from '../cseq.ts';
import { parseNameAddr } from '../name-addr.ts';
import { parseSipUri, uriScheme } from '../uri.ts';
import { parseVia } from '../via.ts';
import { MESSAGE_LIMITS, type SipMessage, type SipRequest } from './sip-message.ts';
import { parseDecimal } from './tokens.ts';

/** Headers that every message has exactly once (RFC 3261 sections 8.1.1 and 20, table 2). */
const ONCE = ['call-id', 'cseq', 'from', 'to'] as const;
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
  if (parseVia(headers.values('via')[0] ?? '') === undefined) return 'Missing or Malformed Via';
  if (!isAddressWithTag(headers.first('from'))) return 'Malformed From';
  if (!isAddressWithTag(headers.first('to'))) return 'Malformed To';
  return undefined;
}

/** Wider than `word` of the grammar, but free of white space and of what separates fields where identifiers are written down. */
function isIdentifier(text: string): boolean {
  return text !== '' && !/[ \t|]/.test(text);
}

function isAddressWithTag(value: string | undefined): boolean {
  const address = parseNameAddr(value ?? '');
  const tag = address?.parameters.get('tag') || 'none';
  return address !== undefined && isIdentifier(tag);
}

function findRequestFault(request: SipRequest): string | undefined {
  const { headers } = request;
  const scheme = uriScheme(request.uri);
  if (scheme === undefined) return 'Malformed Request-URI';
  if (scheme === 'sip' || scheme === 'sips') {
    if (parseSipUri(request.uri) === undefined) return 'Malformed Request-URI';
  }
  if (headers.lines('max-forwards').length > 1) return 'Repeated max-forwards';
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
    if (parseNameAddr(contact) === undefined) return 'Malformed Contact';
  }
  return undefined;
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
