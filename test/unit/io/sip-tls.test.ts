import { expect, test } from 'vitest';
import { certifies } from '../../../src/io/sip-tls.ts';

function isFor(host: string, subjectaltname: string, commonName = 'cn', allowsWildcards = false) {
  const subject = { CN: commonName } as Parameters<typeof certifies>[0]['subject'];
  return certifies({ subjectaltname, subject }, host, { allowsWildcards });
}

test.each([
  ['a.example', 'DNS:a.example', true],
  ['A.Example.', 'DNS:a.example', true],
  ['a.example', 'DNS:b.example', false],
  ['a.example', 'URI:sip:a.example, DNS:x', true],
  ['x.example', 'URI:sip:a.example, DNS:x.example', false],
  ['a.example', 'URI:sip:user@a.example', false],
  ['cn', 'DNS:other', false],
  ['cn', '', true],
  ['192.0.2.1', 'IP Address:192.0.2.1', true],
  ['::1', 'IP Address:0:0:0:0:0:0:0:1', true],
  ['192.0.2.1', 'DNS:192.0.2.1', false],
  ['b.a.example', 'DNS:*.a.example', false],
])('%s by %j: %s (RFC 5922 7.1, 7.2)', (host, names, expected) => {
  expect(isFor(host, names)).toBe(expected);
});

test('a wildcard stands for one label, where it is allowed', () => {
  expect(isFor('b.a.example', 'DNS:*.a.example', 'x', true)).toBe(true);
  expect(isFor('c.b.a.example', 'DNS:*.a.example', 'x', true)).toBe(false);
  expect(isFor('a.example', 'DNS:*.example', 'x', true)).toBe(false);
  expect(isFor('example', 'DNS:*', 'x', true)).toBe(false);
});
