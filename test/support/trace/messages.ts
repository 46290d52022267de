import { utf8Bytes } from '../../../src/core/bytes.ts';
import type { CapturedMessage } from '../../../src/trace/captured-message.ts';

export const AT_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000;

/** A SIP message of these lines; the last is the body. */
export function sip(startLine: string, headers: readonly string[], body = ''): string {
  return [startLine, ...headers, '', body].join('\r\n');
}

export function captured(text: string, more: Partial<CapturedMessage> = {}): CapturedMessage {
  return {
    atUs: AT_US,
    direction: 'in',
    transport: 'udp',
    local: { host: '192.0.2.1', port: 5060 },
    remote: { host: '203.0.113.7', port: 5070 },
    bytes: utf8Bytes(text),
    ...more,
  };
}
