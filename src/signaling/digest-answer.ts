import { createHash } from 'node:crypto';
import type { DigestAlgorithm, DigestChallenge } from './digest-challenge.ts';
import type { Credentials } from './signaling.ts';

const HASHES: Readonly<Record<DigestAlgorithm, string>> = Object.freeze({
  'SHA-512-256': 'sha512-256',
  'SHA-256': 'sha256',
  MD5: 'md5',
});
const NONCE_COUNT_DIGITS = 8;

export interface DigestedRequest {
  readonly method: string;
  /** The Request-URI as it is sent. */
  readonly uri: string;
  readonly body: string;
}

/** How often the nonce was used, this use included, and our own nonce. */
export interface NonceUse {
  readonly count: number;
  readonly cnonce: string;
}

/** The value of an Authorization header (RFC 7616 section 3.4, RFC 8760 section 2). */
export function digestAnswer(
  challenge: DigestChallenge,
  credentials: Pick<Credentials, 'username' | 'password'>,
  request: DigestedRequest,
  use: NonceUse,
): string {
  const { realm, nonce, opaque, algorithmToken, qop } = challenge;
  const { username, password } = normalized(credentials, challenge);
  const nc = use.count.toString(16).padStart(NONCE_COUNT_DIGITS, '0');
  const needsCnonce = qop !== undefined || challenge.isSession;
  const response = digestResponse(challenge, { username, password }, request, {
    nc,
    cnonce: use.cnonce,
  });
  const parameters = [
    usernameParameter(challenge, username),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
    ...(algorithmToken === undefined ? [] : [`algorithm=${challengeToken(challenge)}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`]),
    ...(needsCnonce ? [`cnonce=${quoted(use.cnonce)}`] : []),
    ...(challenge.wantsUserhash ? ['userhash=true'] : []),
  ];
  return `Digest ${parameters.join(', ')}`;
}

function digestResponse(
  challenge: DigestChallenge,
  { username, password }: Pick<Credentials, 'username' | 'password'>,
  { method, uri, body }: DigestedRequest,
  { nc, cnonce }: { readonly nc: string; readonly cnonce: string },
): string {
  const { realm, nonce, qop, isSession } = challenge;
  const hash = (text: string) => hashOf(challenge.algorithm, text);
  const secret = hash(`${username}:${realm}:${password}`);
  const a1 = isSession ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  if (qop === undefined) return hash(`${a1}:${nonce}:${a2}`);
  return hash(`${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
}

/** RFC 7616 sections 3.4.4 and 4; a name that is not ASCII goes as RFC 5987 asks. */
function usernameParameter(challenge: DigestChallenge, username: string): string {
  const { algorithm, realm, wantsUserhash, isUtf8 } = challenge;
  if (wantsUserhash) return `username="${hashOf(algorithm, `${username}:${realm}`)}"`;
  const isPlain = /^[\x20-\x7e]*$/.test(username);
  if (isPlain || !isUtf8) return `username=${quoted(username)}`;
  return `username*=UTF-8''${encodeURIComponent(username).replace(/['()*]/g, percentEncoded)}`;
}

function percentEncoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function normalized(
  { username, password }: Pick<Credentials, 'username' | 'password'>,
  { isUtf8 }: DigestChallenge,
): Pick<Credentials, 'username' | 'password'> {
  if (!isUtf8) return { username, password };
  return { username: username.normalize('NFC'), password: password.normalize('NFC') };
}

/** Of the known spellings, so that nothing else of the challenge is an unquoted part of ours. */
function challengeToken({ algorithm, isSession }: DigestChallenge): string {
  return isSession ? `${algorithm}-sess` : algorithm;
}

function hashOf(algorithm: DigestAlgorithm, text: string): string {
  return createHash(HASHES[algorithm]).update(text, 'utf8').digest('hex');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
