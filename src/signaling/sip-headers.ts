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
/** Control characters of both kinds, and the line separators of Unicode. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/gu;
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/;

/** What the application may know of a received request: X- headers and a few standard ones, lower-case names, bounded. */
export function keptHeaders(message: SrfMessage): Record<string, string> {
  const kept = new Map<string, string>();
  for (const [name, value] of Object.entries(message.headers)) {
    const lower = name.toLowerCase();
    if (kept.size === MAX_HEADERS) break;
    if (typeof value !== 'string' || !(lower.startsWith('x-') || KEPT.has(lower))) continue;
    // The library joins those of one spelling only.
    const before = kept.get(lower);
    const all = before === undefined ? value : `${before},${value}`;
    kept.set(lower, headerText(all, maxCharsOf(lower)));
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

/** One line: no CR, LF or other control character ends a header early, starts another or moves the cursor of who reads a log. */
export function headerText(text: string, maxChars = MAX_VALUE_CHARS): string {
  return text.slice(0, maxChars).replace(UNPRINTABLE, ' ').trim();
}

/** Whether a text may be shown as it is. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1;
}

function maxCharsOf(name: string): number {
  return name === 'identity' ? MAX_IDENTITY_CHARS : MAX_VALUE_CHARS;
}
