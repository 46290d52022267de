import { randomBytes } from 'node:crypto';
import { type DigestedRequest, digestAnswer } from './digest-answer.ts';
import { type DigestChallenge, parseChallenges } from './digest-challenge.ts';
import type { RealmPins } from './realm-pins.ts';
import type { Credentials } from './signaling.ts';
import type { SrfMessage } from './srf-client.ts';

/** A request goes out with credentials this often at most: for a proxy and for its server, or again after a stale nonce. */
const MAX_ANSWERS = 2;
const MAX_NONCES = 8;
const CNONCE_BYTES = 16;

interface ChallengeKind {
  readonly challenge: string;
  readonly answer: 'Authorization' | 'Proxy-Authorization';
}

/** RFC 3261 sections 22.2 and 22.3. */
const KINDS: Readonly<Record<number, ChallengeKind>> = Object.freeze({
  401: { challenge: 'www-authenticate', answer: 'Authorization' },
  407: { challenge: 'proxy-authenticate', answer: 'Proxy-Authorization' },
});

export interface DigestSessionOptions {
  readonly credentials: Credentials;
  /** Whom the credentials are for. */
  readonly server: string;
  readonly pins: RealmPins;
  readonly createCnonce?: () => string;
}

interface DigestResponse extends Pick<SrfMessage, 'get'> {
  readonly status: number;
}

/** The credentials of one call or registration, and how often it has used which nonce. */
export class DigestSession {
  readonly #options: DigestSessionOptions;
  readonly #uses = new Map<string, number>();

  constructor(options: DigestSessionOptions) {
    this.#options = options;
  }

  /** For one request and its retries. */
  round(): DigestRound {
    return new DigestRound(this);
  }

  /** The strongest challenge of a realm that is ours to answer. */
  choose(text: string): DigestChallenge | undefined {
    const { credentials, pins, server } = this.#options;
    const challenges = parseChallenges(text);
    if (credentials.realm !== undefined) {
      return challenges.find(({ realm }) => realm === credentials.realm);
    }
    const realm = pins.realmOf(server, challenges[0]?.realm);
    return challenges.find((challenge) => challenge.realm === realm);
  }

  answer(challenge: DigestChallenge, request: DigestedRequest): string {
    const { credentials, createCnonce = randomCnonce } = this.#options;
    const count = (this.#uses.get(challenge.nonce) ?? 0) + 1;
    this.#uses.set(challenge.nonce, count);
    for (const oldest of this.#uses.keys()) {
      if (this.#uses.size <= MAX_NONCES) break;
      this.#uses.delete(oldest);
    }
    return digestAnswer(challenge, credentials, request, { count, cnonce: createCnonce() });
  }
}

/** One request that may be challenged, by a proxy and by its server (RFC 3261 section 22.3). */
export class DigestRound {
  readonly #session: DigestSession;
  readonly #headers: Record<string, string> = {};
  #answers = 0;

  constructor(session: DigestSession) {
    this.#session = session;
  }

  /** The credentials to send it again with; undefined when the response is final: no challenge, not for us, or refused. */
  answer(
    response: DigestResponse,
    request: DigestedRequest,
  ): Readonly<Record<string, string>> | undefined {
    const kind = KINDS[response.status];
    if (kind === undefined || this.#answers >= MAX_ANSWERS) return undefined;
    const challenge = this.#session.choose(response.get(kind.challenge) ?? '');
    if (challenge === undefined) return undefined;
    // Challenged again for the same: these credentials are wrong, unless it was the nonce.
    if (kind.answer in this.#headers && !challenge.isStale) return undefined;
    this.#answers += 1;
    this.#headers[kind.answer] = this.#session.answer(challenge, request);
    return { ...this.#headers };
  }
}

function randomCnonce(): string {
  return randomBytes(CNONCE_BYTES).toString('hex');
}
