import { bytesToByteString, indexOfBlankLine, noBytes } from '../../core/bytes.ts';
import { type Header, Headers } from './headers.ts';
import { parseHeaderLines } from './parse-headers.ts';
import {
  MAX_MESSAGE_BYTES,
  type Malformed,
  MESSAGE_LIMITS,
  type SipMessage,
} from './sip-message.ts';
import { isToken, parseDecimal } from './tokens.ts';
import { findFault } from './validate-message.ts';

type StartLine =
  | { readonly type: 'request'; readonly method: string; readonly uri: string }
  | { readonly type: 'response'; readonly statusCode: number; readonly reason: string }
  | {
      readonly type: 'fault';
      readonly of: Malformed['of'];
      readonly method: string | undefined;
      readonly statusCode: number;
      readonly reason: string;
    };

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNPRINTABLE = /[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]/g;

/**
 * One datagram, or one message cut from a stream, as a value (RFC 3261 sections 7 and 18.3). Octets behind the body that
 * Content-Length announces are ignored; without Content-Length the body runs to the end.
 */
export function parseMessage(bytes: Uint8Array): SipMessage | Malformed {
  const start = skipLineBreaks(bytes);
  const headEnd = indexOfBlankLine(bytes, start);
  const hasBlankLine = headEnd !== -1;
  const head = bytesToByteString(bytes.subarray(start, hasBlankLine ? headEnd : bytes.length));
  const lineEnd = head.indexOf('\r\n');
  const startLine = parseStartLine(lineEnd === -1 ? head : head.slice(0, lineEnd));
  const lines = parseHeaderLines(lineEnd === -1 ? '' : head.slice(lineEnd + 2));
  const headers = new Headers(lines.headers);
  const malformed = (statusCode: number, reason: string): Malformed => ({
    type: 'malformed',
    of: startLine.type === 'fault' ? startLine.of : startLine.type,
    statusCode,
    reason,
    headers,
    method: startLine.type === 'response' ? undefined : startLine.method,
  });

  if (startLine.type === 'fault') return malformed(startLine.statusCode, startLine.reason);
  if (bytes.length > MAX_MESSAGE_BYTES) return malformed(513, 'Message Too Large');
  if (!hasBlankLine) return malformed(400, 'Bad Request - No Blank Line');
  if (lineEnd > MESSAGE_LIMITS.startLineOctets) return malformed(414, 'Request-URI Too Long');
  if (lines.headers.length > MESSAGE_LIMITS.headerLines) {
    return malformed(400, 'Bad Request - Too Many Headers');
  }
  if (lines.headers.some(isTooLong)) return malformed(400, 'Bad Request - Header Too Long');
  if (lines.invalid > 0) return malformed(400, 'Bad Request - Malformed Header Line');
  const bodyLength = contentLength(headers, bytes.length - headEnd - 4);
  if (bodyLength === undefined) return malformed(400, 'Bad Request - Content-Length');
  // A copy, also of a Buffer: a body that is kept keeps nothing else, and one without octets nothing at all.
  const body =
    bodyLength === 0
      ? noBytes()
      : new Uint8Array(bytes.subarray(headEnd + 4, headEnd + 4 + bodyLength));
  const message: SipMessage = { ...startLine, headers, body };
  const fault = findFault(message);
  return fault === undefined ? message : malformed(400, `Bad Request - ${fault}`);
}

function skipLineBreaks(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 13 || bytes[at] === 10) at++;
  return at;
}

function isTooLong({ name, value }: Header): boolean {
  return name.length + value.length > MESSAGE_LIMITS.headerLineOctets;
}

/** The octets of the body, or undefined when the header is unusable or promises more than there is. */
function contentLength(headers: Headers, available: number): number | undefined {
  const lines = headers.lines('content-length');
  const [line] = lines;
  if (line === undefined) return available;
  const length = lines.length > 1 ? undefined : parseDecimal(line.value, MAX_MESSAGE_BYTES);
  return length !== undefined && length <= available ? length : undefined;
}

function parseStartLine(line: string): StartLine {
  return line.startsWith('SIP/') ? parseStatusLine(line) : parseRequestLine(line);
}

function parseStatusLine(line: string): StartLine {
  const match = /^SIP\/2\.0 ([0-9]{3})(?: ([^\r\n]*))?$/.exec(line);
  const statusCode = Number(match?.[1] ?? 0);
  if (statusCode < 100 || statusCode > 699) {
    const reason = 'Malformed Status Line';
    return { type: 'fault', of: 'response', method: undefined, statusCode: 400, reason };
  }
  return { type: 'response', statusCode, reason: printable(match?.[2] ?? '') };
}

/** A phrase is for people: control characters, and the line separators of Unicode in UTF-8, become spaces. */
function printable(phrase: string): string {
  return phrase.replace(UNPRINTABLE, ' ');
}

function parseRequestLine(line: string): StartLine {
  const [method = '', uri = '', version = '', ...more] = line.split(' ');
  const fault = (statusCode: number, reason: string): StartLine => ({
    type: 'fault',
    of: /SIP\/[0-9]+\.[0-9]+[ \t]*$/.test(line) ? 'request' : 'unknown',
    method: isToken(method) ? method : undefined,
    statusCode,
    reason,
  });
  if (more.length > 0 || !isToken(method) || uri === '') {
    return fault(400, 'Bad Request - Malformed Request Line');
  }
  if (!/^SIP\/[0-9]+\.[0-9]+$/i.test(version)) {
    return fault(400, 'Bad Request - Malformed Request Line');
  }
  if (version.toUpperCase() !== 'SIP/2.0') return fault(505, 'Version Not Supported');
  if (/[^\x21-\x7e]|[<>"]/.test(uri)) return fault(400, 'Bad Request - Malformed Request-URI');
  return { type: 'request', method, uri };
}
