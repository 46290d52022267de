import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../../../src/signaling/digest-challenge.ts';

describe('challenges (RFC 7616 section 3.3)', () => {
  test('one, with all of its parameters', () => {
    expect(
      parseChallenges(
        'Digest realm="r, s", domain="sip:x", nonce="n\\"1", opaque="", stale=TRUE, algorithm=MD5-sess, qop="auth-int,auth", charset=utf-8, userhash=false',
      ),
    ).toEqual([
      {
        realm: 'r, s',
        nonce: 'n"1',
        opaque: '',
        algorithm: 'MD5',
        isSession: true,
        algorithmToken: 'MD5-sess',
        qop: 'auth',
        isStale: true,
        wantsUserhash: false,
        isUtf8: true,
      },
    ]);
  });

  test('several in one line, the strongest first (RFC 8760 section 2.4)', () => {
    const challenges = parseChallenges(
      'Digest realm="r", nonce="1", algorithm=MD5,Basic realm="b",Digest realm="r", nonce="2", algorithm=SHA-256, Digest realm="r",nonce="3",algorithm=SHA-512-256',
    );

    expect(challenges.map(({ algorithm, nonce }) => `${algorithm} ${nonce}`)).toEqual([
      'SHA-512-256 3',
      'SHA-256 2',
      'MD5 1',
    ]);
  });

  test('of the same strength come in the order of the server', () => {
    const challenges = parseChallenges('Digest realm="a", nonce="1",Digest realm="b", nonce="2"');

    expect(challenges.map(({ realm }) => realm)).toEqual(['a', 'b']);
  });

  test.each([
    '',
    'Digest',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Basic realm="r", nonce="n"',
    'Digest realm="r", nonce="n", algorithm=SHA-1',
    'Digest realm="r", nonce="n", algorithm=AKAv1-MD5',
    'Digest realm="r", nonce="n", qop="token"',
    'realm="r", nonce="n"',
  ])('nothing that can be answered in %j', (text) => {
    expect(parseChallenges(text)).toEqual([]);
  });

  test('are bounded', () => {
    const text = Array.from({ length: 1_000 }, (_, n) => `Digest realm="${n}", nonce="1"`).join();

    expect(parseChallenges(text)).toHaveLength(16);
  });

  test('any text is read without an exception', () => {
    const piece = fc.constantFrom(
      'Digest ',
      'realm="r"',
      ',',
      'nonce=n',
      '"',
      '\\',
      ' ',
      '=',
      'qop=auth',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        for (const { realm, nonce } of parseChallenges(pieces.join(''))) {
          expect(typeof realm).toBe('string');
          expect(typeof nonce).toBe('string');
        }
      }),
    );
  });
});
