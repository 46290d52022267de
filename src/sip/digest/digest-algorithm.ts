/** RFC 7616 section 6.1 and RFC 8760, best first. */
export const DIGEST_ALGORITHMS = ['SHA-512-256', 'SHA-256', 'MD5'] as const;

export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

/** The hash of these bytes in lower-case hexadecimal digits. Handed in: this folder computes none itself. */
export type DigestHash = (algorithm: DigestAlgorithm, bytes: Uint8Array) => string;

/** The algorithm of a challenge or of credentials; without one it is MD5. The `-sess` variants are not offered. */
export function parseDigestAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined) return 'MD5';
  return DIGEST_ALGORITHMS.find((each) => each === text.toUpperCase());
}
