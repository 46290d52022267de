import { createHash, createHmac } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DigestHash } from '../../../../src/sip/digest/digest-algorithm.ts';
import { NONCE_LIFETIME_MS, NonceMaker } from '../../../../src/sip/digest/nonce.ts';
import { ServerDigest } from '../../../../src/sip/digest/server-digest.ts';
import { userHash } from '../../../../src/sip/digest/verify-digest.ts';

const hash: DigestHash = (algorithm, bytes) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(bytes)
    .digest('hex');
const nonces = new NonceMaker({
  mac: (text) => createHmac('sha256', 'key').update(text).digest('hex'),
});
const URI = 'sip:trunkline';
const REQUEST = { method: 'REGISTER', uri: URI, body: new Uint8Array() as Uint8Array };

let digest: ServerDigest;

beforeEach(() => {
  digest = new ServerDigest({ realm: 'r', hash, nonces, decoy: 'f'.repeat(64) });
});

function nonceAt(nowMs: number): string {
  return nonces.make(nowMs, '0123456789abcdef');
}

function authorization(
  edit: Partial<Record<'username' | 'realm' | 'password' | 'nonce' | 'uri' | 'nc', string>> = {},
): string {
  const { username = 'u', realm = 'r', password = 'p', nc = '00000001' } = edit;
  const { nonce = nonceAt(0), uri = URI } = edit;
  const over = (text: string) => createHash('sha256').update(text).digest('hex');
  const user = over(`${username}:${realm}:${password}`);
  const response = over(`${user}:${nonce}:${nc}:c:auth:${over(`REGISTER:${uri}`)}`);
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=SHA-256, qop=auth, nc=${nc}, cnonce="c", response="${response}"`;
}

function check(header: string, nowMs = 0) {
  return digest.check(
    { ...REQUEST, authorization: header },
    (username, algorithm) =>
      username === 'u'
        ? userHash(hash, algorithm, { username, realm: 'r', password: 'p' })
        : undefined,
    nowMs,
  );
}

test('the right credentials are verified once (RFC 7616 3.4, 5.5)', () => {
  expect(check(authorization())).toEqual({ type: 'verified', username: 'u' });
  expect(check(authorization())).toEqual({ type: 'challenge', isStale: true });
  expect(check(authorization({ nc: '00000002' }))).toEqual({ type: 'verified', username: 'u' });
});

test('a nonce that is too old is said to be stale (RFC 7616 3.3)', () => {
  const outcome = check(authorization(), NONCE_LIFETIME_MS + 1);
  expect(outcome).toEqual({ type: 'challenge', isStale: true });
});

describe('one and the same challenge answers', () => {
  test.each([
    ['an unknown user', { username: 'nobody' }],
    ['a wrong password', { password: 'x' }],
    ['another realm', { realm: 'other' }],
    ['a nonce that we did not make', { nonce: 'forged' }],
    ['another URI', { uri: 'sip:elsewhere' }],
  ])('%s', (_what, edit) => {
    expect(check(authorization(edit))).toMatchObject({ type: 'challenge', isStale: false });
  });
});

test('only a wrong password for a nonce of ours counts as a guess', () => {
  expect(check(authorization({ password: 'x' }))).toMatchObject({ guessed: 'u' });
  expect(check(authorization({ password: 'x', nonce: 'made-up' }))).not.toHaveProperty('guessed');
});

test('what is no Digest is malformed', () => {
  expect(check('Basic dTpw')).toEqual({ type: 'malformed' });
});
