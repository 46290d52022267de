/** Parameters of one value at most. */
const MAX_PARAMETERS = 100;
const TOKEN = /^[-.!%*_+`'~A-Za-z0-9]+$/;

/** RFC 3261 section 25.1, `token`. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** White space beyond ASCII in UTF-8, and what else who decodes it takes for such: U+0085, U+FEFF. */
const UNICODE_SPACE =
  /\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf/;

/** Whether who decodes this byte string sees a gap in it. */
export function hasUnicodeSpace(text: string): boolean {
  return UNICODE_SPACE.test(text);
}

/**
 * Without the spaces and tabs at both ends. Not `trim`: in a byte string U+00A0 is half of a UTF-8 character.
 */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** A number of digits only, at most `max`; anything else is undefined. Never wraps. */
export function parseDecimal(text: string, max: number): number | undefined {
  if (!/^[0-9]{1,12}$/.test(text.replace(/^0+(?=[0-9])/, ''))) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** Index behind the quoted string that starts at `start`, or -1 when it does not end. */
export function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (char === '"') return at + 1;
  }
  return -1;
}

/** Splits at a separator outside of quotes and angle brackets; parts are trimmed. */
export function splitOutside(text: string, separator: ',' | ';'): readonly string[] {
  if (!text.includes(separator)) return [trimSpace(text)];
  const parts: string[] = [];
  let start = 0;
  let inBrackets = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = endOfQuoted(text, at);
      if (end === -1) break;
      at = end - 1;
    } else if (char === '<') inBrackets = true;
    else if (char === '>') inBrackets = false;
    else if (char === separator && !inBrackets) {
      parts.push(trimSpace(text.slice(start, at)));
      start = at + 1;
    }
  }
  parts.push(trimSpace(text.slice(start)));
  return parts;
}

/** Parameters by lower-case name; a parameter without a value is the empty string. */
export type Parameters = ReadonlyMap<string, string>;

const PARAMETER = /^([^ \t=]+)(?:[ \t]*=[ \t]*(.*))?$/s;

/** `;a=b;c` without what stands before the first semicolon. Undefined when a parameter has no name, or when there are too many. */
export function parseParameters(text: string): Parameters | undefined {
  const parameters = new Map<string, string>();
  const trimmed = trimSpace(text);
  if (trimmed === '') return parameters;
  if (!trimmed.startsWith(';')) return undefined;
  const parts = splitOutside(trimmed.slice(1), ';');
  if (parts.length > MAX_PARAMETERS) return undefined;
  for (const part of parts) {
    const match = PARAMETER.exec(part);
    if (match?.[1] === undefined) return undefined;
    parameters.set(match[1].toLowerCase(), match[2] ?? '');
  }
  return parameters;
}
