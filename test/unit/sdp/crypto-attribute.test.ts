import { describe, expect, test } from 'vitest';
import {
  cryptoAttribute,
  parseCryptoAttribute,
  SRTP_KEY_OCTETS,
  type SrtpSuite,
} from '../../../src/sdp/crypto-attribute.ts';
import { inlineKey, keysOf } from '../../support/sdp/srtp-keys.ts';

const SUITES = Object.keys(SRTP_KEY_OCTETS) as SrtpSuite[];
const CM = 'AES_CM_128_HMAC_SHA1_80';
const KEY = inlineKey(CM, 7);

describe('a=crypto (RFC 4568)', () => {
  test.each(SUITES)(
    '%s has a key and a salt of the right length (RFC 7714 section 14.2)',
    (suite) => {
      const value = `3 ${suite} ${inlineKey(suite, 9)}`;

      expect(parseCryptoAttribute(value)).toEqual({ tag: 3, suite, key: keysOf(9)[suite] });
    },
  );

  test.each(SUITES)('%s is written as it is read', (suite) => {
    const crypto = { tag: 1, suite, key: keysOf(200)[suite] };
    const { name, value } = cryptoAttribute(crypto);

    expect(name).toBe('crypto');
    expect(parseCryptoAttribute(value)).toEqual(crypto);
  });

  test('reads a key as it comes in the field', () => {
    const value = '1 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20';

    expect(parseCryptoAttribute(value)).toMatchObject({ tag: 1, suite: 'AES_CM_128_HMAC_SHA1_32' });
  });

  test.each([
    ['a lifetime', `1 ${CM} ${KEY}|2^31`],
    ['the longest lifetime', `1 ${CM} ${KEY}|2^48`],
    ['a lifetime in decimal', `1 ${CM} ${KEY}|1048576`],
    ['an empty MKI', `1 ${CM} ${KEY}|2^31|`],
    ['a hint for the replay window', `1 ${CM} ${KEY} WSH=128`],
    ['what need not be understood', `1 ${CM} ${KEY} -NEW=1`],
    ['spaces', `  1   ${CM}  ${KEY}  `],
    ['another case', `1 aes_cm_128_hmac_sha1_80 ${KEY.replace('inline', 'INLINE')}`],
    [
      'a key without its padding',
      `1 AEAD_AES_256_GCM ${inlineKey('AEAD_AES_256_GCM', 1).slice(0, -1)}`,
    ],
    ['a tag of nine digits', `999999999 ${CM} ${KEY}`],
  ])('takes %s', (_what, value) => {
    expect(parseCryptoAttribute(value)).toBeDefined();
  });

  test.each([
    ['nothing', ''],
    ['no key', `1 ${CM}`],
    ['a tag of ten digits', `9999999999 ${CM} ${KEY}`],
    ['a negative tag', `-1 ${CM} ${KEY}`],
    ['no tag', `${CM} ${KEY}`],
    ['an unknown suite', `1 F8_128_HMAC_SHA1_80 ${KEY}`],
    ['a key of another suite', `1 AEAD_AES_128_GCM ${KEY}`],
    ['a key that is too short', `1 ${CM} inline:${Buffer.alloc(29).toString('base64')}`],
    ['a key that is too long', `1 ${CM} inline:${Buffer.alloc(31).toString('base64')}`],
    ['a key that is no base64', `1 ${CM} inline:${'-'.repeat(40)}`],
    ['half an octet', `1 ${CM} inline:${'A'.repeat(41)}`],
    ['a very long key', `1 ${CM} inline:${'A'.repeat(10_000)}`],
    ['another key method', `1 ${CM} uri:https://keys.example/1`],
    ['an MKI', `1 ${CM} ${KEY}|2^31|1:1`],
    ['an MKI without a lifetime', `1 ${CM} ${KEY}|1:4`],
    ['two keys', `1 ${CM} ${KEY}|2^31|1:1;${KEY}|2^31|2:1`],
    ['a lifetime that a long call outlasts', `1 ${CM} ${KEY}|2^19`],
    ['a lifetime of nothing', `1 ${CM} ${KEY}|0`],
    ['a lifetime beyond the standard', `1 ${CM} ${KEY}|2^49`],
    ['a lifetime of thirty digits', `1 ${CM} ${KEY}|${'9'.repeat(30)}`],
    ['a lifetime that is none', `1 ${CM} ${KEY}|soon`],
    ['packets in clear', `1 ${CM} ${KEY} UNENCRYPTED_SRTP`],
    ['RTCP in clear', `1 ${CM} ${KEY} UNENCRYPTED_SRTCP`],
    ['packets that are not authenticated', `1 ${CM} ${KEY} WSH=64 UNAUTHENTICATED_SRTP`],
    ['another key derivation', `1 ${CM} ${KEY} KDR=1`],
    ['FEC', `1 ${CM} ${KEY} FEC_ORDER=FEC_SRTP`],
    ['what must be understood', `1 ${CM} ${KEY} NEW=1`],
  ])('refuses %s', (_what, value) => {
    expect(parseCryptoAttribute(value)).toBeUndefined();
  });
});
