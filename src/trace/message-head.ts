/** Reading of a captured message: nothing is validated, the malformed ones are what somebody looks for. Text is a byte string. */

/** Where the body begins, or the length of the text when there is no blank line. */
export function bodyStart(text: string): number {
  const blankLine = /\r\n\r\n|\n\n|\r\r/g;
  blankLine.lastIndex = Math.max(0, text.search(/[^\r\n]/));
  const match = blankLine.exec(text);
  return match === null ? text.length : match.index + match[0].length;
}

/** The first header of that name, unfolded. `name` and `compact` are names of RFC 3261 in lower case. */
export function headerOf(head: string, name: string, compact?: string): string | undefined {
  const names = compact === undefined ? name : `${name}|${compact}`;
  const match = new RegExp(`[\\r\\n](?:${names})[ \\t]*:((?:[^\\r\\n]|\\r?\\n[ \\t])*)`, 'i').exec(
    head,
  );
  return match?.[1]?.replace(/\s+/g, ' ').trim();
}

const CALL_ID = /[\r\n](?:call-id|i)[ \t]*:[ \t]*([^\r\n]*)/i;

/** The one header that every message of a busy server is looked at for. */
export function callIdOf(head: string): string | undefined {
  const value = CALL_ID.exec(head)?.[1]?.trim();
  return value === '' ? undefined : value;
}

export interface StartLine {
  readonly text: string;
  /** Of a request. */
  readonly method: string | undefined;
  /** Of a response. */
  readonly status: number | undefined;
}

export function startLineOf(text: string): StartLine {
  const line = /^[\r\n]*([^\r\n]*)/.exec(text)?.[1] ?? '';
  const status = /^SIP\/2\.0 (\d{3})/i.exec(line)?.[1];
  if (status !== undefined) return { text: line, method: undefined, status: Number(status) };
  return { text: line, method: /^([^\s]{1,32}) /.exec(line)?.[1], status: undefined };
}
