import { describe, expect, test } from 'vitest';
import { isIpv4, isIpv6, isUnicast, isUnspecified } from '../../../src/sdp/ip-address.ts';

describe('address in a session description (RFC 8866 section 5.7)', () => {
  test.each(['0.0.0.0', '127.0.0.1', '255.255.255.255'])('%s is IPv4', (text) => {
    expect(isIpv4(text)).toBe(true);
  });

  test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', 'a.b.c.d'])(
    '%j is not IPv4',
    (text) => {
      expect(isIpv4(text)).toBe(false);
    },
  );

  test('IPv6 is told by its letters', () => {
    expect(isIpv6('2001:db8::1')).toBe(true);
    expect(isIpv6('example.com')).toBe(false);
    expect(isIpv6('1234')).toBe(false);
  });

  test.each([
    ['192.0.2.1', true],
    ['223.255.255.255', true],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['2001:db8::1', true],
    ['FF02::1', false],
    ['example.com', false],
  ])('%s is one host: %s', (address, expected) => {
    expect(isUnicast(address)).toBe(expected);
  });

  test('0.0.0.0 and :: are nobody', () => {
    expect([isUnspecified('0.0.0.0'), isUnspecified('::'), isUnspecified('10.0.0.0')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
