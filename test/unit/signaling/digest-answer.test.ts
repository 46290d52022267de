import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestAnswer } from '../../../src/signaling/digest-answer.ts';
import { type DigestChallenge, parseChallenges } from '../../../src/signaling/digest-challenge.ts';

/** RFC 7616 section 3.9.1. */
const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
const USE = { count: 1, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
const GET = { method: 'GET', uri: '/dir/index.html', body: '' };
const INVITE = { method: 'INVITE', uri: 'sip:+4930123@gw.example.com', body: 'v=0\r\n' };

function challenge(parameters: string): DigestChallenge {
  const [parsed] = parseChallenges(`Digest ${parameters}`);
  if (parsed === undefined) throw new Error('no challenge');
  return parsed;
}

function parameter(value: string, name: string): string | undefined {
  const match = new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^,]*))`).exec(value);
  return match?.[1] ?? match?.[2];
}

describe('the examples of RFC 7616 section 3.9', () => {
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('section 3.9.1, %s', (algorithm, response) => {
    const value = digestAnswer(
      challenge(
        `realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
      ),
      MUFASA,
      GET,
      USE,
    );

    expect(value).toBe(
      `Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="${response}", algorithm=${algorithm}, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, cnonce="${USE.cnonce}"`,
    );
  });

  test('section 3.9.2 as corrected by erratum 4897: SHA-512-256, userhash, UTF-8', () => {
    const value = digestAnswer(
      challenge(
        'realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
      ),
      { username: 'J\u00e4s\u00f8n Doe', password: 'Secret, or not?' },
      { method: 'GET', uri: '/doe.json', body: '' },
      { count: 1, cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v' },
    );

    expect(parameter(value, 'username')).toBe(
      '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
    );
    expect(parameter(value, 'response')).toBe(
      '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
    );
    expect(value).toContain('userhash=true');
  });
});

describe('digest answer', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const user = { username: 'u', password: 'p' };
  const use = { count: 0x1f, cnonce: 'c' };

  test('without qop has no client nonce (RFC 2617 section 3.2.2.1)', () => {
    const value = digestAnswer(challenge('realm="r", nonce="n"'), user, INVITE, use);

    expect(parameter(value, 'response')).toBe(
      md5(`${md5('u:r:p')}:n:${md5('INVITE:sip:+4930123@gw.example.com')}`),
    );
    expect(value).not.toMatch(/qop|nc=|cnonce|algorithm|opaque/);
  });

  test.each([
    ['MD5-sess', md5],
    ['SHA-256-sess', sha256],
  ])('%s binds the key to the nonces (RFC 7616 section 3.4.2)', (algorithm, hash) => {
    const given = challenge(`realm="r", nonce="n", qop="auth", algorithm=${algorithm}`);
    const value = digestAnswer(given, user, INVITE, use);

    const a1 = hash(`${hash('u:r:p')}:n:c`);
    const a2 = hash('INVITE:sip:+4930123@gw.example.com');
    expect(parameter(value, 'response')).toBe(hash(`${a1}:n:0000001f:c:auth:${a2}`));
    expect(parameter(value, 'algorithm')).toBe(algorithm);
  });

  test('auth-int covers the body, when auth is not offered (RFC 7616 section 3.4.3)', () => {
    const given = challenge('realm="r", nonce="n", qop="auth-int", algorithm=SHA-256');
    const value = digestAnswer(given, user, INVITE, use);

    const a2 = sha256(`INVITE:sip:+4930123@gw.example.com:${sha256('v=0\r\n')}`);
    expect(parameter(value, 'response')).toBe(
      sha256(`${sha256('u:r:p')}:n:0000001f:c:auth-int:${a2}`),
    );
  });

  test('the nonce count is eight hexadecimal digits (RFC 7616 section 3.4)', () => {
    const given = challenge('realm="r", nonce="n", qop=auth');

    expect(digestAnswer(given, user, INVITE, use)).toContain('nc=0000001f');
  });

  test('quotes in names cannot end a parameter', () => {
    const given = challenge('realm="a\\"b", nonce="n\\\\", qop=auth');
    const value = digestAnswer(given, { username: 'u"x', password: 'p' }, INVITE, use);

    expect(value).toContain('username="u\\"x", realm="a\\"b", nonce="n\\\\"');
  });

  test('a name that is not ASCII is encoded when the server knows UTF-8 (RFC 7616 section 4)', () => {
    const given = challenge('realm="r", nonce="n", qop=auth, charset=UTF-8');
    const value = digestAnswer(given, { username: "J'\u00e4", password: 'p' }, INVITE, use);

    expect(value).toContain("username*=UTF-8''J%27%C3%A4");
  });
});
