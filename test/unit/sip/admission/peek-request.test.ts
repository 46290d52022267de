import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../../src/core/bytes.ts';
import { hasCredentials, peekMessage } from '../../../../src/sip/admission/peek-request.ts';

test.each([
  ['INVITE sip:a@b SIP/2.0', 'INVITE', false],
  ['SIP/2.0 200 OK', '', true],
  ['invite sip:a@b SIP/2.0', '', false],
  [' INVITE sip:a@b SIP/2.0', '', false],
  ['\0\0\0\0', '', false],
  ['X'.repeat(70_000), '', false],
  ['', '', false],
])('%j', (text, method, isResponse) => {
  expect(peekMessage(utf8Bytes(text.slice(0, 100)))).toEqual({ method, isResponse });
});

test('credentials count in the head only, in any spelling', () => {
  expect(hasCredentials(utf8Bytes('INVITE x\r\nAUTHORIZATION : x\r\n\r\n'))).toBe(true);
  expect(hasCredentials(utf8Bytes('INVITE x\r\nVia: x\r\n\r\n\r\nAuthorization: x'))).toBe(false);
  expect(hasCredentials(utf8Bytes('INVITE x\r\nProxy-Authorization: x\r\n\r\n'))).toBe(false);
});
