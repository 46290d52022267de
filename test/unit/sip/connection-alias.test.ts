import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/core/bytes.ts';
import { connectionAlias } from '../../../src/sip/connection-alias.ts';

test.each([
  ['Via: SIP/2.0/TLS h:5090;alias;branch=b', { sentByPort: 5_090, isAsked: true }],
  ['v:SIP/2.0/TCP h;branch=b, SIP/2.0/UDP x;alias', { sentByPort: 5_060, isAsked: false }],
  ['Via: SIP/2.0/TLS h', { sentByPort: 5_061, isAsked: false }],
  ['Via: nonsense', undefined],
  ['To: <sip:a>', undefined],
])('%s says %j (RFC 5923 5)', (line, alias) => {
  expect(connectionAlias(utf8Bytes(`OPTIONS sip:a SIP/2.0\r\n${line}\r\n\r\n`))).toEqual(alias);
});

test('a response says nothing of its sender', () => {
  const response = 'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;alias\r\n\r\n';
  expect(connectionAlias(utf8Bytes(response))).toBeUndefined();
});
