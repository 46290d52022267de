import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../../../src/core/bytes.ts';
import type { DigestHash } from '../../../../src/sip/digest/digest-algorithm.ts';
import { parseAuthorization } from '../../../../src/sip/digest/parse-authorization.ts';
import { userHash, verifyDigest } from '../../../../src/sip/digest/verify-digest.ts';

const NODE_NAMES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;
const hash: DigestHash = (algorithm, bytes) =>
  createHash(NODE_NAMES[algorithm]).update(bytes).digest('hex');
const NO_BODY: Uint8Array = new Uint8Array();

function verifies(header: string, password: string, method: string, body = NO_BODY): boolean {
  const credentials = parseAuthorization(header);
  if (credentials === undefined) throw new Error('the test wrote no credentials');
  const { username, realm, algorithm } = credentials;
  const user = userHash(hash, algorithm, { username, realm, password });
  return verifyDigest(hash, credentials, user, { method, body });
}

/** RFC 7616 section 3.9.1. */
const EXAMPLE = (algorithm: string, response: string) =>
  `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, ` +
  `nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ` +
  `cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="${response}"`;

describe('the examples of the standards', () => {
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s (RFC 7616 3.9.1)', (algorithm, response) => {
    const header = EXAMPLE(algorithm, response);
    expect(verifies(header, 'Circle of Life', 'GET')).toBe(true);
    expect(verifies(header, 'Circle of life', 'GET')).toBe(false);
    expect(verifies(header, 'Circle of Life', 'POST')).toBe(false);
  });

  test('without qop (RFC 2617 3.5 computed as RFC 2069)', () => {
    const header =
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02"';
    expect(verifies(header, 'Circle Of Life', 'GET')).toBe(true);
  });
});

describe('SHA-512-256 and auth-int (RFC 8760 2.2, RFC 7616 3.4.3)', () => {
  const body = utf8Bytes('v=0\r\n');
  const header = (() => {
    const over = (text: string) => createHash('sha512-256').update(text).digest('hex');
    const second = over(`INVITE:sip:b@c:${over('v=0\r\n')}`);
    const response = over(`${over('u:r:p')}:n:0000000a:c:auth-int:${second}`);
    return `Digest username="u", realm="r", nonce="n", uri="sip:b@c", qop=auth-int, nc=0000000a, cnonce="c", algorithm=SHA-512-256, response="${response}"`;
  })();

  test('the body is protected: changed SDP with the same credentials is refused', () => {
    expect(verifies(header, 'p', 'INVITE', body)).toBe(true);
    expect(verifies(header, 'p', 'INVITE', utf8Bytes('v=0\r\nc=x\r\n'))).toBe(false);
  });
});

describe('an Authorization header', () => {
  const good = EXAMPLE('MD5', '8ca523f5e9506fed4657c9700eebdbec');

  test.each(['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'nc'])(
    'without %s is none',
    (field) => {
      const without = good.replace(new RegExp(`(?:, )?\\b${field}=("[^"]*"|[^,]*)`), '');
      expect(parseAuthorization(without.replace('Digest , ', 'Digest '))).toBeUndefined();
    },
  );

  test.each([
    `${good}, username="other"`,
    good.replace('nc=00000001', 'nc=1'),
    good.replace('nc=00000001', 'nc=-0000001'),
    good.replace('qop=auth', 'qop=auth-conf'),
    good.replace('algorithm=MD5', 'algorithm=MD5-sess'),
    good.replace('algorithm=MD5', 'algorithm=NONE'),
    good.replace('Digest', 'Basic'),
    good.replace('"Mufasa"', '"Mufasa'),
    good.replace('Mufasa', 'x'.repeat(65_000)),
    `Digest ${Array.from({ length: 1_000 }, (_, at) => `a${at}=1`).join(',')}`,
    '',
    'Digest',
  ])('%# is none when a field is doubled, misspelt or endless', (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });

  test('a comma and a quote inside of quotes are text', () => {
    const header = good.replace('Mufasa', 'a, \\"b\\" realm=x');
    expect(parseAuthorization(header)?.username).toBe('a, "b" realm=x');
  });

  test('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        parseAuthorization(`Digest ${text}`);
        parseAuthorization(text);
      }),
    );
  });
});
