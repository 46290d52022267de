import { utf8ByteString, utf8Bytes } from '../core/bytes.ts';
import { challengeValue } from '../sip/digest/challenge.ts';
import type { DigestAlgorithm } from '../sip/digest/digest-algorithm.ts';
import { NonceMaker } from '../sip/digest/nonce.ts';
import { parseAuthorization } from '../sip/digest/parse-authorization.ts';
import { ServerDigest } from '../sip/digest/server-digest.ts';
import { isForSource, sourceSalt } from '../sip/digest/source-salt.ts';
import type { UserHash } from '../sip/digest/verify-digest.ts';
import { GuessLimiter } from './guess-limiter.ts';
import { digestHash } from './user-hashes.ts';

/** Who has proved to be who. */
export interface Identity {
  readonly kind: 'sip-user' | 'carrier';
  readonly id: string;
}

/** Whoever may authenticate under a user name. */
export interface Login {
  readonly identity: Identity;
  hashFor(algorithm: DigestAlgorithm): UserHash | undefined;
}

/** What of a request its credentials are about. */
export interface CredentialedRequest {
  readonly method: string;
  readonly uri: string;
  readonly body: string;
  /** Each Authorization and Proxy-Authorization value. */
  readonly authorizations: readonly string[];
  readonly sourceAddress: string;
}

export type AuthenticationOutcome =
  | { readonly type: 'authenticated'; readonly identity: Identity; readonly username: string }
  /** 401 with these values of WWW-Authenticate, best first. */
  | { readonly type: 'challenge'; readonly challenges: readonly string[] }
  /** No answer: this source has guessed too often. */
  | { readonly type: 'silence' };

export interface AuthenticatorOptions {
  readonly realm: string;
  /** What is offered and taken, best first (RFC 8760 section 2.4). */
  readonly algorithms: readonly DigestAlgorithm[];
  /** A keyed code of a text in hexadecimal digits; whoever challenges for us has the same key. */
  readonly mac: (text: string) => string;
  /** 16 hexadecimal digits, never the same twice. */
  readonly createRandom: () => string;
  /** Hash of nobody's password. */
  readonly decoy: UserHash;
  readonly loginOf: (username: string) => Login | undefined;
}

/** Credentials of one request that are looked at: one for each algorithm offered, and one of a proxy on the way. */
const MAX_CREDENTIALS = 4;

/**
 * Who sent a request (RFC 3261 section 22.2, RFC 7616, RFC 8760). Nothing is remembered of a challenge; a wrong answer is the same for users that
 * there are and users that there are not, and takes the same time. Times are of the wall clock, in milliseconds, as in the nonces.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #nonces: NonceMaker;
  readonly #digest: ServerDigest;
  readonly #guesses = new GuessLimiter();

  constructor(options: AuthenticatorOptions) {
    const { realm, mac, decoy } = options;
    this.#options = options;
    this.#nonces = new NonceMaker({ mac });
    this.#digest = new ServerDigest({ realm, hash: digestHash, nonces: this.#nonces, decoy });
  }

  /** Whether any of its credentials are for our realm. */
  isAddressed({ authorizations }: Pick<CredentialedRequest, 'authorizations'>): boolean {
    return authorizations.slice(0, MAX_CREDENTIALS).some((text) => this.#isOurRealm(text));
  }

  authenticate(request: CredentialedRequest, nowMs: number): AuthenticationOutcome {
    const { sourceAddress } = request;
    if (this.#guesses.isSilenced(sourceAddress, nowMs)) return { type: 'silence' };
    const authorization = this.#usable(request);
    if (authorization === undefined) return this.#challenge(sourceAddress, false, nowMs);
    return this.#check(request, authorization, nowMs);
  }

  /** The first credentials for our realm with a nonce that was given to this source. */
  #usable({ authorizations, sourceAddress }: CredentialedRequest): string | undefined {
    const { mac, algorithms } = this.#options;
    return authorizations.slice(0, MAX_CREDENTIALS).find((text) => {
      const credentials = parseAuthorization(utf8ByteString(text));
      if (credentials === undefined || !this.#isOurRealm(text)) return false;
      return (
        algorithms.includes(credentials.algorithm) &&
        isForSource(mac, credentials.nonce, sourceAddress)
      );
    });
  }

  #isOurRealm(text: string): boolean {
    const realm = parseAuthorization(utf8ByteString(text))?.realm;
    return realm === utf8ByteString(this.#options.realm);
  }

  #check(
    request: CredentialedRequest,
    authorization: string,
    nowMs: number,
  ): AuthenticationOutcome {
    const { loginOf } = this.#options;
    const { method, uri, body, sourceAddress } = request;
    const outcome = this.#digest.check(
      {
        method,
        uri: utf8ByteString(uri),
        body: utf8Bytes(body),
        authorization: utf8ByteString(authorization),
      },
      (username, algorithm) => loginOf(username)?.hashFor(algorithm),
      nowMs,
    );
    if (outcome.type === 'malformed') return this.#challenge(sourceAddress, false, nowMs);
    if (outcome.type === 'challenge') {
      const { isStale, guessed } = outcome;
      return guessed === undefined
        ? this.#challenge(sourceAddress, isStale, nowMs)
        : this.#refuse(sourceAddress, guessed, nowMs);
    }
    const { username } = outcome;
    const login = loginOf(username);
    if (login === undefined) return this.#challenge(sourceAddress, false, nowMs);
    if (this.#guesses.isGuarded(sourceAddress, username, nowMs)) {
      return this.#refuse(sourceAddress, username, nowMs);
    }
    this.#guesses.noteRight(sourceAddress, username);
    return { type: 'authenticated', identity: login.identity, username };
  }

  #refuse(source: string, username: string, nowMs: number): AuthenticationOutcome {
    if (this.#guesses.noteWrong(source, username, nowMs)) return { type: 'silence' };
    return this.#challenge(source, false, nowMs);
  }

  #challenge(source: string, isStale: boolean, nowMs: number): AuthenticationOutcome {
    const { realm, algorithms, mac, createRandom } = this.#options;
    const nonce = this.#nonces.make(nowMs, sourceSalt(mac, createRandom(), source));
    const challenges = algorithms.map((algorithm) =>
      challengeValue({ realm, nonce, isStale }, algorithm),
    );
    return { type: 'challenge', challenges };
  }
}
