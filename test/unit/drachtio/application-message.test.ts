import { describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../src/core/bytes.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import {
  parseApplicationMessage,
  parseRequestStart,
  parseResponseStart,
  replaceLocalhost,
  withContentType,
} from '../../../src/drachtio/application-message.ts';
import { timeOfDay, wayTokens } from '../../../src/drachtio/leader.ts';
import { header } from '../../../src/sip/message/headers.ts';

describe('a SIP message of an application', () => {
  test('gets canonical names, loses what is no header, and has a body to its end', () => {
    const message = parseApplicationMessage(
      'INVITE sip:a SIP/2.0\r\ncall-id: 1\r\nnonsense\r\nX-Own: y\r\nx-foo: z\r\ncontent-length: 3\r\n\r\nabc\r\n\r\nd',
    );

    expect(message.startLine).toBe('INVITE sip:a SIP/2.0');
    expect(message.headers.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Call-ID: 1',
      'X-Own: y',
      'x-foo: z',
      'Content-Length: 3',
    ]);
    expect(bytesToByteString(message.body)).toBe('abc\r\n\r\nd');
  });

  test('has no body without a blank line', () => {
    expect(parseApplicationMessage('BYE sip:a SIP/2.0').body.length).toBe(0);
  });

  test('names its own address where it says @localhost, in the four headers that may', () => {
    const names = ['From', 'To', 'Contact', 'P-Asserted-Identity', 'X-Other'];
    const lines = names.map((name) =>
      header(name, '<sip:5@localhost:9;x>, sip:5@localhost.example'),
    );

    expect(replaceLocalhost(lines, '1.2.3.4:5060').map(({ value }) => value)).toEqual([
      ...Array(4).fill('<sip:5@1.2.3.4:5060;x>, sip:5@localhost.example'),
      '<sip:5@localhost:9;x>, sip:5@localhost.example',
    ]);
  });

  test('gets a content type when its body is SDP; another body without one is refused', () => {
    const type = (body: string) => withContentType([], utf8Bytes(body))?.map(({ value }) => value);

    expect(type('v=0\r\n')).toEqual(['application/sdp']);
    expect(type('')).toEqual([]);
    expect(type('hello')).toBeUndefined();
    expect(withContentType([header('Content-Type', 'a/b')], utf8Bytes('x'))?.length).toBe(1);
  });

  test('start lines', () => {
    expect(parseRequestStart('INFO sip:placeholder SIP/2.0')).toEqual({
      method: 'INFO',
      uri: 'sip:placeholder',
    });
    expect(parseRequestStart('INFO')).toBeUndefined();
    expect(parseResponseStart('SIP/2.0 486 Busy Here')).toEqual({
      statusCode: 486,
      reason: 'Busy Here',
    });
    expect(parseResponseStart('SIP/2.0 999 x')).toBeUndefined();
  });
});

describe('leader tokens', () => {
  test('the time is that of the day in UTC with microseconds', () => {
    const epochMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

    expect(timeOfDay(monotonicMs(0), epochMs)).toBe('03:04:05.006000');
    expect(timeOfDay(monotonicMs(0.25), epochMs)).toBe('03:04:05.006250');
  });

  test('what was made here came from nowhere', () => {
    expect(wayTokens(0, undefined, 'now')).toEqual(['0', '', '', '0', 'now']);
    const endpoint = { transport: 'tcp', host: 'h', port: 1, connection: 2 } as const;
    expect(wayTokens(9, endpoint, 'now')).toEqual(['9', 'tcp', 'h', '1', 'now']);
  });
});
