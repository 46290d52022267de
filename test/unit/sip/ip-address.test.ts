import { expect, test } from 'vitest';
import { hostText, isSameHost, parseIpAddress, sharedBits } from '../../../src/sip/ip-address.ts';

test.each([
  ['127.0.0.1', 4],
  ['::', 16],
  ['[2001:db8::1]', 16],
  ['fe80::1%eth0', 16],
  ['1:2:3:4:5:6:7:8', 16],
  ['::ffff:192.0.2.1', 4],
  ['64:ff9b::192.0.2.33', 16],
])('%s is an address of %i octets', (text, octets) => {
  expect(parseIpAddress(text)).toHaveLength(octets);
});

test.each([
  '',
  'host',
  '1.2.3',
  ':',
  ':::',
  '1:2',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  '::g',
])('%j is no address', (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
});

test('addresses compare by value, names without case (RFC 5118 4.7)', () => {
  expect(isSameHost('[2001:DB8::1]', '2001:db8:0:0:0:0:0:1')).toBe(true);
  expect(isSameHost('::ffff:192.0.2.1', '192.0.2.1')).toBe(true);
  expect(isSameHost('Host', 'hOST')).toBe(true);
  expect(isSameHost('::1', '127.0.0.1')).toBe(false);
});

test('IPv6 is written in brackets, without its zone', () => {
  expect(hostText('fe80::1%eth0')).toBe('[fe80::1]');
  expect(hostText('192.0.2.1')).toBe('192.0.2.1');
});

test('counts the bits that two addresses share', () => {
  expect(sharedBits([10, 0, 0, 1], [10, 0, 0, 1])).toBe(32);
  expect(sharedBits([10, 0, 0, 1], [10, 128, 0, 1])).toBe(8);
  expect(sharedBits([10], [10, 0])).toBe(-1);
});
