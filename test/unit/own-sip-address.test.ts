import { expect, test } from 'vitest';
import { isOwnSipAddress } from '../../src/own-sip-address.ts';

const ONE = { hosts: ['127.0.0.1', '198.51.100.1'], ports: [5060, 5061] };
const ALL = { hosts: ['0.0.0.0'], ports: [5070] };

test.each([
  [ONE, '127.0.0.1', 5060, true],
  [ONE, '127.0.0.1', undefined, true],
  [ONE, '198.51.100.1', 5061, true],
  [ONE, 'localhost', 5060, true],
  [ONE, '127.0.0.1', 5062, false],
  [ONE, '127.0.0.2', 5060, false],
  [ONE, '192.0.2.1', 5060, false],
  [ALL, '127.9.9.9', 5070, true],
  [ALL, 'localhost', 5070, true],
  [ALL, '192.0.2.1', 5070, false],
  [ALL, '127.0.0.1', undefined, false],
])('listening on %j, %s port %s: %s', (own, host, port, expected) => {
  expect(isOwnSipAddress(own, host, port)).toBe(expected);
});
