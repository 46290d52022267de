import { expect, test } from 'vitest';
import { SipAllowList } from '../../../src/io/sip-allow-list.ts';

test.each([
  [['192.0.2.1'], '192.0.2.1', true],
  [['192.0.2.1'], '192.0.2.2', false],
  [['192.0.2.128/25'], '192.0.2.127', false],
  [['192.0.2.130/25'], '192.0.2.128', true],
  [['192.0.2.130/25'], '192.0.2.255', true],
  [['0.0.0.0/0'], '255.255.255.255', true],
  [['10.0.0.0/8', '127.0.0.0/8'], '127.9.9.9', true],
  [['127.0.0.1'], '::ffff:127.0.0.1', true],
  [['127.0.0.1'], '::1', false],
  [['0.0.0.0/0'], '::1', false],
  [['::1'], '::1', true],
  [['2001:db8::/32'], '2001:db8:7::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [[], '127.0.0.1', false],
])('%j hears %s: %s', (entries, address, allowed) => {
  expect(SipAllowList.parse(entries).allows(address)).toBe(allowed);
});

test.each([
  '',
  'host',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4/33',
  '1.2.3.4/',
  '1.2.3.4/8/8',
  '::1/129',
  '1.2.3.4/-1',
])('refuses the entry %j by name', (entry) => {
  expect(() => SipAllowList.parse(['127.0.0.1', entry])).toThrow(
    `not an address or CIDR block: ${entry}`,
  );
});
