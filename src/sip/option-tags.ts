import { type Header, type Headers, header } from './message/headers.ts';

/** Whether a list header such as Supported, Require or Allow names this token, without regard to case. */
export function names(headers: Headers, key: string, token: string): boolean {
  return headers.values(key).some((value) => value.toLowerCase() === token.toLowerCase());
}

/** Supported or Require: the peer knows this extension (RFC 3261 sections 20.32 and 20.37). */
export function supports(headers: Headers, tag: string): boolean {
  return names(headers, 'supported', tag) || names(headers, 'require', tag);
}

/** The lines with one more token in a list header; the same lines when it is there already. */
export function withToken(lines: readonly Header[], name: string, token: string): Header[] {
  const key = name.toLowerCase();
  const has = lines.some(
    (line) =>
      line.key === key && line.value.split(',').some((each) => each.trim().toLowerCase() === token),
  );
  return has ? [...lines] : [...lines, header(name, token)];
}
