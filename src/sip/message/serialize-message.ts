import { byteStringToBytes } from '../../core/bytes.ts';
import type { SipMessage } from './sip-message.ts';

/** The start line as it is sent. */
function startLineOf(message: SipMessage): string {
  return message.type === 'request'
    ? `${message.method} ${message.uri} SIP/2.0`
    : `SIP/2.0 ${message.statusCode} ${message.reason}`;
}

/**
 * The message as bytes. Content-Length is always that of the body, whatever the headers say. A line break inside a value
 * becomes a space: one header never turns into two.
 */
export function serializeMessage(message: SipMessage): Uint8Array {
  let head = `${oneLine(startLineOf(message))}\r\n`;
  for (const { name, key, value } of message.headers) {
    if (key !== 'content-length') head += `${name}: ${oneLine(value)}\r\n`;
  }
  head += `Content-Length: ${message.body.length}\r\n\r\n`;
  const bytes = new Uint8Array(head.length + message.body.length);
  bytes.set(byteStringToBytes(head));
  bytes.set(message.body, head.length);
  return bytes;
}

function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text;
}
