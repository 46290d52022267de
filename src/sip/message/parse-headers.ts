import { type Header, header } from './headers.ts';
import { isToken, trimSpace } from './tokens.ts';

export interface HeaderLines {
  readonly headers: readonly Header[];
  /** Lines that are no header. A peer's message with one is malformed; in an application's message it is skipped. */
  readonly invalid: number;
}

/** Header lines without the start line and the blank line; folded lines are joined (RFC 3261 section 7.3.1). */
export function parseHeaderLines(text: string): HeaderLines {
  const headers: Header[] = [];
  let invalid = 0;
  if (text === '') return { headers, invalid };
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = trimSpace(line.slice(0, Math.max(colon, 0)));
    if (!isToken(name) || /[\r\n]/.test(line)) invalid++;
    else headers.push(header(name, trimSpace(line.slice(colon + 1))));
  }
  return { headers, invalid };
}
