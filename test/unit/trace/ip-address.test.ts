import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIpAddress } from '../../../src/trace/ip-address.ts';

const hex = (text: string) => Buffer.from(parseIpAddress(text)?.octets ?? []).toString('hex');

test.each([
  ['192.0.2.1', 'c0000201'],
  ['::ffff:192.0.2.1', 'c0000201'],
  ['::', '00'.repeat(16)],
  ['::1', `${'00'.repeat(15)}01`],
  ['[2001:db8::8]', '20010db8000000000000000000000008'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
])('%s (RFC 4291 section 2.2)', (text, octets) => {
  expect(hex(text)).toBe(octets);
});

test.each([
  '',
  'name',
  '1.2.3',
  '1.2.3.256',
  '1:2',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  'g::1',
  '1:2:3:4:5:6:7::8',
])('%j is no address', (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
});

test('every IPv6 address has 16 octets, or 4 when it is mapped', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const { family, octets } = parseIpAddress(text) ?? {};
      expect(octets?.length).toBe(family === 6 ? 16 : 4);
    }),
  );
});
