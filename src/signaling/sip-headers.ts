import type { SrfMessage } from './srf-client.ts';

const MAX_HEADERS = 32;
const MAX_VALUE_CHARS = 1024;
/** A signed token with its certificate's address (RFC 8224 section 4) is long. */
const MAX_IDENTITY_CHARS = 8192;
const KEPT = new Set([
  'call-info',
  'diversion',
  'history-info',
  'identity',
  'p-attestation-indicator',
  'p-asserted-identity',
  'p-called-party-id',
  'p-origination-id',
  'privacy',
  'referred-by',
  'remote-party-id',
  'subject',
  'user-agent',
]);
/** Those that the server and the dialog write: RFC 3261 section 8.1.1 and the body's. */
const RESERVED =
  /^(?:via|v|from|f|to|t|call-id|i|cseq|contact|m|max-forwards|route|record-route|content-.*|c|l|e|allow|.*authorization|require|supported|k)$/i;
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/;

/** What the application may know of a received request: X- headers and a few standard ones, lower-case names, bounded. */
export function keptHeaders(message: SrfMessage): Record<string, string> {
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(message.headers)) {
    const lower = name.toLowerCase();
    if (kept.length === MAX_HEADERS) break;
    if (typeof value !== 'string' || !(lower.startsWith('x-') || KEPT.has(lower))) continue;
    kept.push([lower, headerText(value, maxCharsOf(lower))]);
  }
  return Object.fromEntries(kept);
}

/** What of the application's headers may go into a request: names that are tokens and not the dialog's own. */
export function sendableHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {})
      .filter(([name]) => TOKEN.test(name) && !RESERVED.test(name))
      .slice(0, MAX_HEADERS)
      .map(([name, value]) => [name, headerText(value, maxCharsOf(name.toLowerCase()))]),
  );
}

/** One line: no CR, LF or other control character ends a header early or starts another. */
export function headerText(text: string, maxChars = MAX_VALUE_CHARS): string {
  return Array.from(text.slice(0, maxChars), (char) => (char < ' ' || char === '\x7f' ? ' ' : char))
    .join('')
    .trim();
}

function maxCharsOf(name: string): number {
  return name === 'identity' ? MAX_IDENTITY_CHARS : MAX_VALUE_CHARS;
}
