import { expect, test } from 'vitest';
import { softphoneOf } from '../../../src/registrar/sip-user.ts';

test.each([
  ['sip:alice', 'alice'],
  ['SIP:front.desk-1', 'front.desk-1'],
  ['sip:alice@pbx.example', undefined],
  ['+4930123', undefined],
  ['sip:', undefined],
  [`sip:${'a'.repeat(65)}`, undefined],
  ['sip:a\r\nVia: b', undefined],
])('%s is the address of %s', (address, user) => {
  expect(softphoneOf(address)).toBe(user);
});
