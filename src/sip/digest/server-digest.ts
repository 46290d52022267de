import type { DigestAlgorithm, DigestHash } from './digest-algorithm.ts';
import type { NonceMaker } from './nonce.ts';
import { NonceCounts } from './nonce-counts.ts';
import { type DigestCredentials, parseAuthorization } from './parse-authorization.ts';
import { type DigestRequest, type UserHash, verifyDigest } from './verify-digest.ts';

export interface ServerDigestOptions {
  readonly realm: string;
  readonly hash: DigestHash;
  readonly nonces: NonceMaker;
  /** Hash of a user that nobody is: an unknown user takes the time of a known one. */
  readonly decoy: UserHash;
}

export interface AuthenticatedRequest extends DigestRequest {
  /** Value of the Authorization header. */
  readonly authorization: string;
  /** The Request-URI: the credentials have to be for it (RFC 7616 section 3.4.6). */
  readonly uri: string;
}

export type DigestOutcome =
  | { readonly type: 'verified'; readonly username: string }
  /** Ask again, with `stale=true` when everything but the age or the count of the nonce was right. */
  | {
      readonly type: 'challenge';
      readonly isStale: boolean;
      /** The user whose password was answered wrongly, to a nonce of ours: an attempt to be counted. */
      readonly guessed?: string;
    }
  /** Credentials that cannot be read: 400. */
  | { readonly type: 'malformed' };

/** The server's side of digest (RFC 7616, RFC 8760). What users there are is the caller's; the outcome never says whether one exists. */
export class ServerDigest {
  readonly #options: ServerDigestOptions;
  readonly #counts = new NonceCounts();

  constructor(options: ServerDigestOptions) {
    this.#options = options;
  }

  /** `userHashOf` knows the hash of a user for an algorithm; `nowMs` is of the clock that the nonces were made with. */
  check(
    request: AuthenticatedRequest,
    userHashOf: (username: string, algorithm: DigestAlgorithm) => UserHash | undefined,
    nowMs: number,
  ): DigestOutcome {
    const { realm, hash, nonces, decoy } = this.#options;
    const credentials = parseAuthorization(request.authorization);
    if (credentials === undefined) return { type: 'malformed' };
    const { username, algorithm, nonce } = credentials;
    const known = userHashOf(username, algorithm);
    const isRight = verifyDigest(hash, credentials, known ?? decoy, request);
    const age = nonces.check(nonce, nowMs);
    const isOurs = credentials.realm === realm && credentials.uri === request.uri;
    if (age === 'forged' || !isOurs) return { type: 'challenge', isStale: false };
    if (!isRight || known === undefined) {
      return { type: 'challenge', isStale: false, guessed: username };
    }
    const isUsable = age === 'fresh' && this.#isNew(credentials);
    return isUsable ? { type: 'verified', username } : { type: 'challenge', isStale: true };
  }

  /** Without a count a nonce is good once. */
  #isNew({ nonce, protection }: DigestCredentials): boolean {
    return this.#counts.use(nonce, protection?.count ?? 1);
  }
}
