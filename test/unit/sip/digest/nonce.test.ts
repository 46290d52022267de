import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { NONCE_LIFETIME_MS, NonceMaker } from '../../../../src/sip/digest/nonce.ts';

function maker(key = 'secret'): NonceMaker {
  return new NonceMaker({ mac: (text) => createHmac('sha256', key).update(text).digest('hex') });
}

const SALT = '0123456789abcdef';

test('a nonce is fresh for its lifetime, then stale (RFC 7616 3.3)', () => {
  const nonce = maker().make(1_000.7, SALT);
  expect(maker().check(nonce, 1_000.7)).toBe('fresh');
  expect(maker().check(nonce, 1_000 + NONCE_LIFETIME_MS)).toBe('fresh');
  expect(maker().check(nonce, 1_001 + NONCE_LIFETIME_MS)).toBe('stale');
});

test('a nonce of the future is not fresh: the clock never goes back', () => {
  expect(maker().check(maker().make(5_000, SALT), 1_000)).toBe('stale');
});

test('every changed octet makes it forged', () => {
  const nonce = maker().make(1_000, SALT);
  for (let at = 0; at < nonce.length; at++) {
    const other = nonce[at] === '0' ? '1' : '0';
    const changed = nonce.slice(0, at) + other + nonce.slice(at + 1);
    expect(maker().check(changed, 1_000)).toBe('forged');
  }
});

test.each(['', 'x', '-', '--', `a-${SALT}-`, 'é-1-2'])('%j was never made here', (nonce) => {
  expect(maker().check(nonce, 0)).toBe('forged');
});

test('that of another process is forged', () => {
  expect(maker().check(maker('other').make(1_000, SALT), 1_000)).toBe('forged');
});
