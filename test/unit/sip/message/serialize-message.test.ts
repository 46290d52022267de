import { expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../../src/core/bytes.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import { serializeMessage } from '../../../../src/sip/message/serialize-message.ts';

test('Content-Length is that of the body in octets, whatever the headers say', () => {
  const headers = Headers.of(['Content-Length', '999']);
  const body = utf8Bytes('é');
  const bytes = serializeMessage({
    type: 'response',
    statusCode: 200,
    reason: 'OK',
    headers,
    body,
  });

  expect(bytesToByteString(bytes)).toMatch(/^SIP\/2.0 200 OK\r\nContent-Length: 2\r\n\r\n..$/s);
});

test('a line break in a value never makes a second header', () => {
  const headers = Headers.of(['X-A', 'one\r\nX-B: two']);
  const body = utf8Bytes('');
  const bytes = serializeMessage({
    type: 'request',
    method: 'INFO',
    uri: 'sip:a\r\nX: y',
    headers,
    body,
  });

  expect(bytesToByteString(bytes)).toBe(
    'INFO sip:a X: y SIP/2.0\r\nX-A: one X-B: two\r\nContent-Length: 0\r\n\r\n',
  );
});
