import type { DigestAlgorithm } from './digest-algorithm.ts';

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  /** The credentials were right but for the age of their nonce. */
  readonly isStale?: boolean;
}

/** What a WWW-Authenticate or Proxy-Authenticate header says (RFC 7616 section 3.3, RFC 8760 section 2.3: one header per algorithm). */
export function challengeValue(
  { realm, nonce, isStale = false }: DigestChallenge,
  algorithm: DigestAlgorithm,
): string {
  const fields = [
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `algorithm=${algorithm}`,
    'qop="auth,auth-int"',
    ...(isStale ? ['stale=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}
