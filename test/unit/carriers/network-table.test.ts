import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNetwork, NetworkTable } from '../../../src/carriers/network-table.ts';

const table = new NetworkTable([
  ['203.0.113.0/24', 'a'],
  ['203.0.113.7', 'b'],
  ['203.0.113.0/24', 'too late'],
  ['10.0.0.0/8', 'c'],
  ['2001:db8::/32', 'd'],
  ['2001:db8:1::/48', 'e'],
  ['2001:db8:1::7', 'f'],
  ['::ffff:198.51.100.1', 'g'],
  ['not a network', 'h'],
]);

describe('the owner of an address', () => {
  test.each([
    ['203.0.113.1', 'a'],
    ['203.0.113.7', 'b'],
    ['::ffff:203.0.113.7', 'b'],
    ['::FFFF:cb00:7107', 'b'],
    ['203.0.114.1', undefined],
    ['10.255.255.255', 'c'],
    ['2001:db8:ffff::1', 'd'],
    ['2001:DB8:1:0:0:0:0:8', 'e'],
    ['2001:db8:1::7', 'f'],
    ['2001:db9::1', undefined],
    ['198.51.100.1', 'g'],
    ['fe80::1%eth0', undefined],
    ['not an address', undefined],
    ['', undefined],
  ])('%s: %s', (address, owner) => {
    expect(table.ownerOf(address)).toBe(owner);
  });
});

test.each([
  ['192.0.2.0/24', true],
  ['192.0.2.1', true],
  ['192.0.2.1/32', true],
  ['0.0.0.0/0', true],
  ['2001:db8::/128', true],
  ['192.0.2.0/33', false],
  ['2001:db8::/129', false],
  ['192.0.2.0/', false],
  ['192.0.2.0/8/8', false],
  ['192.0.2', false],
  ['example.com', false],
])('whether %s is a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

test('every address is in its network of any size', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
        fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
      ),
      ([address, bits]) => {
        const mapped = /^::ffff:|^(0+:){5}ffff:/i.test(address);
        fc.pre(!mapped);
        expect(new NetworkTable([[`${address}/${bits}`, 'x']]).ownerOf(address)).toBe('x');
      },
    ),
  );
});
