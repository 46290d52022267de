import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToByteString } from '../../../src/core/bytes.ts';
import { createOffer } from '../../../src/sdp/offer-answer.ts';
import { maskMediaKeys, maskMessage } from '../../../src/trace/mask-message.ts';
import { keysOf } from '../../support/sdp/srtp-keys.ts';
import { sip } from '../../support/trace/messages.ts';

const mask = (text: string, keepsBodies = false) => maskMessage(text, { keepsBodies });

/** Long and of an alphabet of its own, so that it occurs in a message only where it was put. */
const secret = fc
  .array(fc.constantFrom(...'QXZ0123456789'), { minLength: 12, maxLength: 40 })
  .map((letters) => letters.join(''));
const space = fc.constantFrom('', ' ', '\t', '  ', '\r\n ', '\r\n\t');
const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      [...word].map((c, at) => (upper[at] ? c.toUpperCase() : c.toLowerCase())).join(''),
    );
const quoted = fc.constantFrom(
  (text: string) => `"${text}"`,
  (text: string) => text,
  (text: string) => `"${text}`,
);

describe('RFC 7616 section 3.4: credentials', () => {
  const INVITE = 'INVITE sip:bob@example.com SIP/2.0';

  test('of a digest, the response is masked and the rest stays', () => {
    const header = (response: string) =>
      `Authorization: Digest username="bob",realm="a, b", nonce="n,1", uri="sip:x",response=${response},qop=auth,nc=00000001,cnonce="c"`;

    expect(mask(sip(INVITE, [header('"6629fae4"')]))).toBe(sip(INVITE, [header('"***"')]));
  });

  test('of other schemes nothing stays', () => {
    expect(mask(sip(INVITE, ['Proxy-Authorization: Basic dXNlcjpwYXNz']))).toBe(
      sip(INVITE, ['Proxy-Authorization: Basic ***']),
    );
  });

  test('no response survives, however it is written', () => {
    const names = fc.constantFrom('authorization', 'proxy-authorization').chain(anyCase);
    const written = fc.record({
      name: names,
      parameter: anyCase('response'),
      value: secret,
      before: space,
      around: space,
      after: space,
      quote: quoted,
      isFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(written, ({ name, parameter, value, before, around, after, quote, isFirst }) => {
        const response = `${parameter}${around}=${around}${quote(value)}`;
        const rest = `username="bob",${after}nonce="abc"`;
        const parameters = isFirst ? `${response},${rest}` : `${rest},${after}${response}`;
        const header = `${name} :${before} Digest ${parameters}`;

        expect(mask(sip(INVITE, ['Via: x', header, 'CSeq: 1 INVITE']))).not.toContain(value);
      }),
    );
  });

  test('rspauth of Authentication-Info is masked, nextnonce stays', () => {
    const masked = mask(
      sip('SIP/2.0 200 OK', ['Authentication-Info: nextnonce="n", rspauth="abc"']),
    );

    expect(masked).toBe(
      sip('SIP/2.0 200 OK', ['Authentication-Info: nextnonce="n", rspauth="***"']),
    );
  });
});

test('no password of a URI survives, wherever it stands (RFC 3261 section 19.1.1)', () => {
  const header = fc.constantFrom(
    'Contact: <URI>',
    'From: "A" <URI>;tag=1',
    'Refer-To: URI',
    'Route: <sip:p;lr>,<URI>',
  );
  const uri = fc.record({
    scheme: fc.constantFrom('sip', 'SIPS'),
    more: fc.constantFrom('', 'p@', '%40'),
  });
  fc.assert(
    fc.property(header, uri, secret, (line, { scheme, more }, password) => {
      const text = `${scheme}:bob:${more}${password}@example.com`;
      const message = sip(`INVITE ${text} SIP/2.0`, [line.replace('URI', text)]);

      expect(mask(message)).not.toContain(password);
      expect(mask(message)).toContain(`${scheme}:bob:***@example.com`);
    }),
  );
});

test('addresses with ports are no passwords', () => {
  const message = sip('INVITE sip:bob@192.0.2.1:5060 SIP/2.0', [
    'Route: <sip:192.0.2.2:5060;lr>,<sip:192.0.2.3:5060;lr>',
    'Contact: <sip:bob@192.0.2.4:5060;transport=tcp>',
  ]);

  expect(mask(message)).toBe(message);
});

describe('bodies', () => {
  test('keys of SRTP, ICE and the session are masked in SDP', () => {
    const sdp = (key: string, other: string) =>
      `v=0\r\nk=${other}\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20|1:32\r\na=ice-pwd:${other}\r\na=ice-ufrag:u\r\n`;
    const of = (body: string) => sip('SIP/2.0 200 OK', ['c: application/sdp'], body);

    expect(mask(of(sdp('WVNfX19zZW1jdGwgKCkgewkyMjA7', 'clear:pass')))).toBe(of(sdp('***', '***')));
  });

  test('no key of ours is in a masked message, nor in one that is masked in nothing else', () => {
    const srtp = { mode: 'required', keys: keysOf(65) } as const;
    const sdp = createOffer({ address: '192.0.2.1', port: 4_000, sessionId: 1, srtp });
    const head = ['Authorization: Basic c2VjcmV0', 'Content-Type: application/sdp'];
    const message = sip('INVITE sip:x SIP/2.0', head, sdp);

    expect(message).toContain('QUFBQUFB');
    expect(mask(message)).not.toContain('QUFBQUFB');
    expect(maskMediaKeys(message)).not.toContain('QUFBQUFB');
    expect(maskMediaKeys(message)).toContain('Basic c2VjcmV0');
  });

  test('no key survives in any line', () => {
    fc.assert(
      fc.property(anyCase('inline:'), secret, secret, (inline, first, second) => {
        const body = `v=0\r\na=crypto:1 X ${inline}${first}|2^20;${inline}${second}|2^20\r\na=x\r\n`;
        const masked = mask(sip('SIP/2.0 200 OK', ['Content-Type: application/sdp'], body));

        expect(masked).not.toContain(first);
        expect(masked).not.toContain(second);
      }),
    );
  });

  test.each(['application/sdp', 'message/sipfrag;version=2.0', 'application/dtmf-relay'])(
    '%s stays',
    (type) => {
      const message = sip('INFO sip:x SIP/2.0', [`Content-Type: ${type}`], 'Signal=5\r\n');

      expect(mask(message)).toBe(message);
    },
  );

  test('any other is replaced by its size, unless bodies are kept', () => {
    const message = sip(
      'MESSAGE sip:x SIP/2.0',
      ['Content-Type: text/plain'],
      'my account is 1234',
    );

    expect(mask(message)).toBe(
      sip('MESSAGE sip:x SIP/2.0', ['Content-Type: text/plain'], '[body of 18 bytes]'),
    );
    expect(mask(message, true)).toBe(message);
  });

  test('credentials in a fragment are masked too', () => {
    const body = 'SIP/2.0 401 X\r\nAuthorization: Digest response="topsecret"\r\n';
    const masked = mask(sip('NOTIFY sip:x SIP/2.0', ['Content-Type: message/sipfrag'], body));

    expect(masked).not.toContain('topsecret');
  });
});

test('Identity goes through octet for octet (RFC 8224)', () => {
  const message = sip('INVITE sip:x SIP/2.0', [
    'Identity: eyJhbGciOiJFUzI1NiJ9.eyJvcmlnIjp7fX0.sig;info=<https://c.example/a.pem>;alg=ES256;ppt=shaken',
  ]);

  expect(mask(message)).toBe(message);
});

test('octets of any kind take no longer than their length allows, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect(typeof mask(bytesToByteString(bytes))).toBe('string');
    }),
  );
  const startedMs = performance.now();
  for (const part of ['sip:a', 'sip:', '"', '\\"', '\r\n ', '=,', 'Authorization: Digest "']) {
    mask(sip('INVITE x SIP/2.0', [`Authorization: Digest ${part.repeat(12_000)}`]));
    mask(part.repeat(12_000), true);
  }
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});
