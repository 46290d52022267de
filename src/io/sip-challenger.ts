import { createHmac, randomBytes } from 'node:crypto';
import { challengeValue } from '../sip/digest/challenge.ts';
import type { DigestAlgorithm } from '../sip/digest/digest-algorithm.ts';
import { NonceMaker } from '../sip/digest/nonce.ts';
import { sourceSalt } from '../sip/digest/source-salt.ts';
import { type Header, header } from '../sip/message/headers.ts';

/** Best first, for those who take the first that they know (RFC 8760 section 2.4). */
const OFFERED: readonly DigestAlgorithm[] = ['SHA-256', 'MD5'];
const SALT_BYTES = 8;

/**
 * The challenges that strangers get. Nonces are those of {@link NonceMaker} with wall-clock time, so that whoever verifies credentials with the same
 * secret knows their age.
 */
export class SipChallenger {
  readonly #realm: string;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #mac: (text: string) => string;
  readonly #nonces: NonceMaker;

  /** `secret` is that of this process; it never leaves it. */
  constructor(realm: string, secret: string, algorithms = OFFERED) {
    this.#realm = realm;
    this.#algorithms = algorithms;
    this.#mac = nonceMac(secret);
    this.#nonces = new NonceMaker({ mac: this.#mac });
  }

  headers(source: string): readonly Header[] {
    const salt = sourceSalt(this.#mac, randomBytes(SALT_BYTES).toString('hex'), source);
    const nonce = this.#nonces.make(Date.now(), salt);
    return this.#algorithms.map((algorithm) =>
      header('WWW-Authenticate', challengeValue({ realm: this.#realm, nonce }, algorithm)),
    );
  }
}

/** Nonces are authenticated by HMAC-SHA256 with this secret. */
export function nonceMac(secret: string): (text: string) => string {
  return (text) => createHmac('sha256', secret).update(text, 'latin1').digest('hex');
}
