import { isPrintable } from './sip-headers.ts';

const MAX_USER_CHARS = 128;
/** RFC 3261 section 25.1: unreserved and user-unreserved. */
const USER_CHAR = /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/;

const LONE_SURROGATE = /\p{Surrogate}/gu;
/** A display name, which may hold what looks like a URI. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/**
 * The user part of a URI, or of a From or To value, percent-decoded, without password and parameters (`+4930123;npdi`);
 * a `tel:` URI's number. Escaped control characters stay escaped. `undefined` when there is none, or one that cannot be shown.
 */
export function sipUserOf(text: string): string | undefined {
  const unquoted = text.replace(QUOTED, '');
  const uri = /<([^>]*)>/.exec(unquoted)?.[1] ?? unquoted;
  const [, user = ''] = /^\s*(?:sips?:([^@]*)@|tel:([^@]*))/i.exec(uri)?.filter(Boolean) ?? [];
  const name = decodePercent(user.split(/[;:]/, 1)[0] ?? '');
  return name === '' || name.length > MAX_USER_CHARS || !isPrintable(name) ? undefined : name;
}

/** Makes any text the user part of a SIP URI. */
export function escapeSipUser(user: string): string {
  return Array.from(user.replace(LONE_SURROGATE, ''), (char) =>
    USER_CHAR.test(char) ? char : encodeURIComponent(char),
  ).join('');
}

function decodePercent(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    return isPrintable(decoded) ? decoded : text;
  } catch {
    // Escapes that are no UTF-8 stay, as those of control characters do.
    return text;
  }
}
