import { createHash } from 'node:crypto';
import { utf8ByteString } from '../core/bytes.ts';
import type { DigestHash } from '../sip/digest/digest-algorithm.ts';
import { userHash } from '../sip/digest/verify-digest.ts';
import type { UserHashes } from './sip-user.ts';

const NAMES = { 'SHA-512-256': 'sha512-256', 'SHA-256': 'sha256', MD5: 'md5' } as const;

export const digestHash: DigestHash = (algorithm, bytes) =>
  createHash(NAMES[algorithm]).update(bytes).digest('hex');

export function userHashesOf(user: {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
}): UserHashes {
  const { username, realm, password } = user;
  const bytes = {
    username: utf8ByteString(username),
    realm: utf8ByteString(realm),
    password: utf8ByteString(password),
  };
  return {
    'SHA-256': userHash(digestHash, 'SHA-256', bytes),
    MD5: userHash(digestHash, 'MD5', bytes),
  };
}
