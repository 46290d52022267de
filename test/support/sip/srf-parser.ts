import { createRequire } from 'node:module';
import { parseMessage } from '../../../src/sip/message/parse-message.ts';
import type { SipMessage } from '../../../src/sip/message/sip-message.ts';
import { tagOf } from '../../../src/sip/name-addr.ts';

/** The parts of the client library's parser that are asked here; it brings no types for them. */
interface SrfMessage {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  get(name: string): string | undefined;
  getParsedHeader(name: string): unknown;
}

interface SrfAddress {
  readonly params: { readonly tag?: string };
}

const require = createRequire(import.meta.url);
const SrfMessage = require('drachtio-srf/lib/sip-parser/message') as new (
  text: string,
) => SrfMessage;

/** What the library itself, or nearly every application, reads as a value. */
const PARSED = ['from', 'to', 'cseq', 'via', 'contact', 'record-route', 'route'] as const;
/** What calls are told apart by, and what they are routed by. */
const COMPARED = ['call-id', 'from', 'to', 'cseq', 'contact', 'content-type'] as const;

/**
 * How drachtio-srf misreads a message that an application is given, by its own parser; undefined when it reads what we do.
 */
export function srfMisreading(bytes: Uint8Array): string | undefined {
  const ours = parseMessage(bytes);
  if (ours.type === 'malformed') return `we do not read it ourselves: ${ours.reason}`;
  const text = Buffer.from(bytes).toString('utf8');
  try {
    return differenceOf(ours, new SrfMessage(text));
  } catch (error) {
    return `it throws: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function differenceOf(ours: SipMessage, theirs: SrfMessage): string | undefined {
  if (ours.type === 'request') {
    if (theirs.method !== ours.method) return `method ${theirs.method} for ${ours.method}`;
    if (theirs.uri !== decoded(ours.uri)) return `uri ${theirs.uri} for ${ours.uri}`;
  } else if (theirs.status !== ours.statusCode) {
    return `status ${theirs.status} for ${ours.statusCode}`;
  }
  const isNew = ours.type === 'request' && ['INVITE', 'SUBSCRIBE'].includes(ours.method);
  if (isNew && theirs.get('contact') === undefined) return 'no Contact, which the library needs';
  return headerDifference(ours, theirs) ?? tagDifference(ours, theirs);
}

function headerDifference({ headers }: SipMessage, theirs: SrfMessage): string | undefined {
  for (const key of COMPARED) {
    const expected = headers.lines(key).map(({ value }) => value);
    const read = theirs.get(key);
    const joined = expected.length === 0 ? undefined : decoded(expected.join(','));
    if (read?.trim() !== joined?.trim())
      return `${key} ${JSON.stringify(read)} for ${JSON.stringify(joined)}`;
  }
  for (const key of PARSED) {
    const value = theirs.get(key);
    if (!value) continue;
    try {
      theirs.getParsedHeader(key);
    } catch (error) {
      return `${key} ${JSON.stringify(value)}: ${error instanceof Error ? error.message : error}`;
    }
  }
  return undefined;
}

function tagDifference({ headers }: SipMessage, theirs: SrfMessage): string | undefined {
  for (const key of ['from', 'to']) {
    const read = (theirs.getParsedHeader(key) as SrfAddress).params.tag;
    const expected = tagOf(headers.first(key));
    if ((read || undefined) !== (expected && decoded(expected))) {
      return `tag ${read} for ${expected} in ${JSON.stringify(headers.first(key))}`;
    }
  }
  return undefined;
}

/** A byte string as the library sees it: it decodes UTF-8. */
function decoded(byteString: string): string {
  return Buffer.from(byteString, 'latin1').toString('utf8');
}

/** The message behind the leader of a frame for an application. */
export function messageOfFrame(frame: string): Uint8Array {
  return Buffer.from(frame.slice(frame.indexOf('\r\n') + 2), 'latin1');
}
