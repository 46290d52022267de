import { randomBytes } from 'node:crypto';
import { SRTP_KEY_OCTETS, type SrtpSuite } from '../sdp/crypto-attribute.ts';
import type { SrtpKeys } from '../sdp/media-security.ts';

/** Fresh ones: of one far end only, and never to be logged. */
export function createSrtpKeys(): SrtpKeys {
  const key = (suite: SrtpSuite) => new Uint8Array(randomBytes(SRTP_KEY_OCTETS[suite]));
  return {
    AES_CM_128_HMAC_SHA1_80: key('AES_CM_128_HMAC_SHA1_80'),
    AES_CM_128_HMAC_SHA1_32: key('AES_CM_128_HMAC_SHA1_32'),
    AEAD_AES_128_GCM: key('AEAD_AES_128_GCM'),
    AEAD_AES_256_GCM: key('AEAD_AES_256_GCM'),
  };
}
