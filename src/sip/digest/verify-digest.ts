import { byteStringToBytes, bytesToByteString } from '../../core/bytes.ts';
import type { DigestAlgorithm, DigestHash } from './digest-algorithm.ts';
import { sameDigits } from './nonce.ts';
import type { DigestCredentials } from './parse-authorization.ts';

/** Of the password nothing else has to be known: the hash of `username:realm:password`. */
export type UserHash = string;

export interface DigestRequest {
  readonly method: string;
  /** Byte string or bytes as received; needed for `auth-int` only. */
  readonly body: Uint8Array;
}

/** RFC 7616 section 3.4.2. All texts are byte strings. */
export function userHash(
  hash: DigestHash,
  algorithm: DigestAlgorithm,
  user: { readonly username: string; readonly realm: string; readonly password: string },
): UserHash {
  const { username, realm, password } = user;
  return hash(algorithm, byteStringToBytes(`${username}:${realm}:${password}`));
}

/**
 * Whether the response is that of someone who knows the user hash (RFC 7616 section 3.4.1). Nonce, realm, user and count are the caller's
 * to check. For a user who does not exist call it with a hash of something random: it takes the same time.
 */
export function verifyDigest(
  hash: DigestHash,
  credentials: DigestCredentials,
  user: UserHash,
  { method, body }: DigestRequest,
): boolean {
  const { algorithm, nonce, uri, protection } = credentials;
  const over = (text: string) => hash(algorithm, byteStringToBytes(text));
  const bodyPart = protection?.qop === 'auth-int' ? `:${over(bytesToByteString(body))}` : '';
  const request = over(`${method}:${uri}${bodyPart}`);
  const middle =
    protection === undefined
      ? nonce
      : `${nonce}:${hex8(protection.count)}:${protection.cnonce}:${protection.qop}`;
  return sameDigits(over(`${user}:${middle}:${request}`), credentials.response);
}

function hex8(count: number): string {
  return count.toString(16).padStart(8, '0');
}
