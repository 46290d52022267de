import {
  endOfQuoted,
  hasUnicodeSpace,
  type Parameters,
  parseParameters,
  trimSpace,
} from './message/tokens.ts';
import { uriScheme } from './uri.ts';

/** The value of From, To, Contact, Route and the like: RFC 3261 section 20.10. */
export interface NameAddr {
  /** As it stands before the `<`, quotes included. */
  readonly displayName: string;
  readonly uri: string;
  readonly parameters: Parameters;
}

const DISPLAY_TOKENS = /^[-.!%*_+`'~A-Za-z0-9 \t\x80-\xff]*$/;

export function parseNameAddr(text: string): NameAddr | undefined {
  const trimmed = trimSpace(text);
  const quoteEnd = trimmed.startsWith('"') ? endOfQuoted(trimmed, 0) : 0;
  if (quoteEnd === -1) return undefined;
  const open = trimmed.indexOf('<', quoteEnd);
  if (open === -1) return quoteEnd === 0 ? parseAddrSpec(trimmed) : undefined;
  const close = trimmed.indexOf('>', open);
  const between = trimmed.slice(quoteEnd, open);
  if (close === -1 || !DISPLAY_TOKENS.test(between)) return undefined;
  if (quoteEnd > 0 && trimSpace(between) !== '') return undefined;
  const uri = trimmed.slice(open + 1, close);
  const parameters = parseParameters(trimmed.slice(close + 1));
  if (parameters === undefined || !isAbsolute(uri)) return undefined;
  return { displayName: trimSpace(trimmed.slice(0, open)), uri, parameters };
}

/** Without brackets, what follows the first semicolon belongs to the header (RFC 3261 section 20). */
function parseAddrSpec(text: string): NameAddr | undefined {
  const semicolon = text.indexOf(';');
  const uri = trimSpace(semicolon === -1 ? text : text.slice(0, semicolon));
  const parameters = parseParameters(semicolon === -1 ? '' : text.slice(semicolon));
  if (parameters === undefined || !isAbsolute(uri) || uri.includes(',') || uri.includes('?')) {
    return undefined;
  }
  return { displayName: '', uri, parameters };
}

function isAbsolute(uri: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const hasGap = /[\x00-\x20\x7f<>"]/.test(uri) || hasUnicodeSpace(uri);
  return !hasGap && uriScheme(uri) !== undefined;
}

/** The tag parameter of a From or To value; undefined when absent, empty or when the value cannot be parsed. */
export function tagOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return parseNameAddr(value)?.parameters.get('tag') || undefined;
}
