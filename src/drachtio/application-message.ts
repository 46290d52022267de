import { byteStringToBytes } from '../core/bytes.ts';
import { canonicalHeaderName } from '../sip/message/header-names.ts';
import { type Header, header } from '../sip/message/headers.ts';
import { parseHeaderLines } from '../sip/message/parse-headers.ts';
import { isToken } from '../sip/message/tokens.ts';

/** A SIP message as an application writes it: incomplete, with headers in any case, and a body that ends where the frame ends. */
export interface ApplicationMessage {
  readonly startLine: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** Headers in which an application writes `@localhost` for the server's own address. */
const WITH_LOCALHOST: readonly string[] = ['from', 'to', 'contact', 'p-asserted-identity'];

/** Lines that are no header are skipped; names get the spelling in which they are sent. */
export function parseApplicationMessage(payload: string): ApplicationMessage {
  const headEnd = payload.indexOf('\r\n\r\n');
  const head = headEnd === -1 ? payload : payload.slice(0, headEnd);
  const lineEnd = head.indexOf('\r\n');
  const lines = parseHeaderLines(lineEnd === -1 ? '' : head.slice(lineEnd + 2)).headers;
  return {
    startLine: lineEnd === -1 ? head : head.slice(0, lineEnd),
    headers: lines.map(({ name, value }) => header(canonicalHeaderName(name), value)),
    body: byteStringToBytes(headEnd === -1 ? '' : payload.slice(headEnd + 4)),
  };
}

export function parseRequestStart(
  line: string,
): { readonly method: string; readonly uri: string } | undefined {
  const [method = '', uri = '', version] = line.split(' ');
  return isToken(method) && uri !== '' && version === 'SIP/2.0' ? { method, uri } : undefined;
}

export function parseResponseStart(
  line: string,
): { readonly statusCode: number; readonly reason: string } | undefined {
  const match = /^SIP\/2\.0 ([1-6][0-9]{2}) ?([^\r\n]*)$/.exec(line);
  return match === null ? undefined : { statusCode: Number(match[1]), reason: match[2] ?? '' };
}

export function replaceLocalhost(headers: readonly Header[], hostPort: string): readonly Header[] {
  return headers.map((line) =>
    WITH_LOCALHOST.includes(line.key)
      ? { ...line, value: line.value.replace(/@localhost(?::[0-9]+)?(?![-.\w])/g, `@${hostPort}`) }
      : line,
  );
}

/**
 * With a Content-Type for the body: SDP shows by itself what it is. Undefined when there is a body of an unknown type.
 */
export function withContentType(
  headers: readonly Header[],
  body: Uint8Array,
): readonly Header[] | undefined {
  if (body.length === 0 || headers.some((line) => line.key === 'content-type')) return headers;
  const isSdp = body[0] === 0x76 && body[1] === 0x3d && body[2] === 0x30;
  return isSdp ? [...headers, header('Content-Type', 'application/sdp')] : undefined;
}
