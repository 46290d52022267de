/** Compact forms, RFC 3261 section 7.3.3 and the IANA registry. */
const COMPACT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'accept-contact',
    b: 'referred-by',
    c: 'content-type',
    d: 'request-disposition',
    e: 'content-encoding',
    f: 'from',
    i: 'call-id',
    j: 'reject-contact',
    k: 'supported',
    l: 'content-length',
    m: 'contact',
    o: 'event',
    r: 'refer-to',
    s: 'subject',
    t: 'to',
    u: 'allow-events',
    v: 'via',
    x: 'session-expires',
    y: 'identity',
  }),
);

/** Names whose usual spelling is not "every word with a capital". */
const SPELLING: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'call-id': 'Call-ID',
    cseq: 'CSeq',
    'mime-version': 'MIME-Version',
    rack: 'RAck',
    rseq: 'RSeq',
    'sip-etag': 'SIP-ETag',
    'sip-if-match': 'SIP-If-Match',
    'www-authenticate': 'WWW-Authenticate',
  }),
);

/** The key under which a header is found: lower case, compact forms written out. */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return (lower.length === 1 ? COMPACT.get(lower) : undefined) ?? lower;
}

/** The spelling in which a header is sent: `X-` names as they are, others in their usual form. */
export function canonicalHeaderName(name: string): string {
  if (name.startsWith('X-') || name.startsWith('x-')) return name;
  const key = headerKey(name);
  return SPELLING.get(key) ?? key.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
