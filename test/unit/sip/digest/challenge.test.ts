import { expect, test } from 'vitest';
import { challengeValue } from '../../../../src/sip/digest/challenge.ts';

test('a challenge names realm, nonce, algorithm and protection (RFC 7616 3.3)', () => {
  expect(challengeValue({ realm: 'trunkline', nonce: 'n' }, 'SHA-256')).toBe(
    'Digest realm="trunkline", nonce="n", algorithm=SHA-256, qop="auth,auth-int"',
  );
  expect(challengeValue({ realm: 'r', nonce: 'n', isStale: true }, 'MD5')).toMatch(/, stale=true$/);
});

test('a realm with a quote or a line break stays inside of its quotes', () => {
  expect(challengeValue({ realm: 'a"b\r\nX: y', nonce: 'n' }, 'MD5')).toMatch(
    /^Digest realm="a\\"bX: y", nonce/,
  );
});
