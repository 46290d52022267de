import { expect, test } from 'vitest';
import { nonceMac, SipChallenger } from '../../../src/io/sip-challenger.ts';
import { NonceMaker } from '../../../src/sip/digest/nonce.ts';

function nonceOf(value = ''): string {
  return /nonce="([^"]*)"/.exec(value)?.[1] ?? '';
}

test('a challenge offers the better algorithm first, with one nonce (RFC 8760 2.4)', () => {
  const values = new SipChallenger('trunkline', 'secret')
    .headers('192.0.2.1')
    .map(({ value }) => value);
  expect(values.map((value) => /algorithm=([^,]*)/.exec(value)?.[1])).toEqual(['SHA-256', 'MD5']);
  expect(new Set(values.map(nonceOf)).size).toBe(1);
});

test('whoever has the secret knows the nonce, nobody else does', () => {
  const [first] = new SipChallenger('trunkline', 'secret').headers('192.0.2.1');
  const nonce = nonceOf(first?.value);
  expect(new NonceMaker({ mac: nonceMac('secret') }).check(nonce, Date.now())).toBe('fresh');
  expect(new NonceMaker({ mac: nonceMac('other') }).check(nonce, Date.now())).toBe('forged');
});
