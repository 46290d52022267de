import { targetUri } from '../sip/dialog/dialog.ts';
import { canonicalHeaderName } from '../sip/message/header-names.ts';
import { type Header, Headers, header } from '../sip/message/headers.ts';
import { serializeMessage } from '../sip/message/serialize-message.ts';
import type { SipMessage } from '../sip/message/sip-message.ts';
import { isToken } from '../sip/message/tokens.ts';
import { parseNameAddr } from '../sip/name-addr.ts';
import type { Sent } from '../sip/user-agent-io.ts';

const LISTS: readonly string[] = ['via', 'contact', 'route', 'record-route', 'path'];
const DIALOG_METHODS: readonly string[] = ['INVITE', 'SUBSCRIBE'];
const ADDRESSES: readonly string[] = [
  'from',
  'to',
  'contact',
  'p-asserted-identity',
  'remote-party-id',
  'refer-to',
  'referred-by',
];

/**
 * The message as an application is given it: what clients of the protocol cannot read, or read as something else, is put right.
 *
 * The same object when there is nothing to put right.
 *
 * - Lists lose their empty elements (`a,,b` is legal to receive, RFC 3261 section 7.3.1).
 * - A display name that is neither quoted nor made of tokens, such as bare UTF-8, gets its quotes.
 * - A request that makes a dialog and has no Contact (RFC 2543) gets the URI that its answers go by: without one clients throw.
 * - A compact form is written out: clients know few of them.
 * - A header whose name has an escape is left out: clients resolve it, and `%46rom` would become a second From.
 */
export function readableMessage<Message extends SipMessage>(message: Message): Message {
  const lines: Header[] = [];
  let isChanged = false;
  for (const line of message.headers) {
    const readable = line.name.includes('%') ? undefined : readableLine(inLongForm(line));
    if (readable !== undefined) lines.push(readable);
    isChanged ||= readable !== line;
  }
  const contact = missingContact(message);
  if (contact !== undefined) lines.push(header('Contact', contact));
  return isChanged || contact !== undefined ? { ...message, headers: new Headers(lines) } : message;
}

function missingContact(message: SipMessage): string | undefined {
  const isFirst = message.type === 'request' && DIALOG_METHODS.includes(message.method);
  if (!isFirst || message.headers.has('contact')) return undefined;
  const uri = targetUri(message);
  return uri === undefined ? undefined : `<${uri}>`;
}

/** What was sent, as an application is shown it. */
export function readableBytes({ message, bytes }: Pick<Sent, 'message' | 'bytes'>): Uint8Array {
  const readable = readableMessage(message);
  return readable === message ? bytes : serializeMessage(readable);
}

function inLongForm(line: Header): Header {
  return line.name.length > 1 ? line : { ...line, name: canonicalHeaderName(line.name) };
}

/** Undefined for a list without any element. */
function readableLine(line: Header): Header | undefined {
  const isList = LISTS.includes(line.key);
  if (!isList && !ADDRESSES.includes(line.key)) return line;
  const values = isList ? new Headers([line]).values(line.key) : [line.value];
  if (values.length === 0) return undefined;
  const readable = values.map((value) => readableValue(line.key, value)).join(', ');
  return readable === line.value ? line : { ...line, value: readable };
}

function readableValue(key: string, value: string): string {
  if (key === 'via') return value.replace(/^sip(?=[ \t]*\/)/i, 'SIP');
  return ADDRESSES.includes(key) ? withQuotedName(value) : value;
}

function withQuotedName(value: string): string {
  const name = parseNameAddr(value)?.displayName ?? '';
  if (name === '' || name.startsWith('"') || name.split(/[ \t]+/).every(isToken)) return value;
  return value.replace(name, `"${name}"`);
}
