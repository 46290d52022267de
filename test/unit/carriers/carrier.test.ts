import { expect, test } from 'vitest';
import { dialledUser } from '../../../src/carriers/carrier.ts';

test.each([
  [{ e164LeadingPlus: true }, '+15551234567'],
  [{ e164LeadingPlus: false }, '15551234567'],
  [{ e164LeadingPlus: true, techPrefix: '88' }, '88+15551234567'],
  [{ e164LeadingPlus: false, techPrefix: '88' }, '8815551234567'],
])('a carrier with %j is sent %s', (options, expected) => {
  expect(dialledUser({ name: 'a', inbound: [], ...options }, '+15551234567')).toBe(expected);
});
