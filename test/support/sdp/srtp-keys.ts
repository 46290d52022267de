import { SRTP_KEY_OCTETS, type SrtpSuite } from '../../../src/sdp/crypto-attribute.ts';
import type { SrtpKeys } from '../../../src/sdp/media-security.ts';

/** Keys that tell by their octets whose they are. */
export function keysOf(octet: number): SrtpKeys {
  const key = (suite: SrtpSuite) => new Uint8Array(SRTP_KEY_OCTETS[suite]).fill(octet);
  return {
    AES_CM_128_HMAC_SHA1_80: key('AES_CM_128_HMAC_SHA1_80'),
    AES_CM_128_HMAC_SHA1_32: key('AES_CM_128_HMAC_SHA1_32'),
    AEAD_AES_128_GCM: key('AEAD_AES_128_GCM'),
    AEAD_AES_256_GCM: key('AEAD_AES_256_GCM'),
  };
}

/** A key as `a=crypto` has it. */
export function inlineKey(suite: SrtpSuite, octet: number): string {
  return `inline:${Buffer.from(keysOf(octet)[suite]).toString('base64')}`;
}
