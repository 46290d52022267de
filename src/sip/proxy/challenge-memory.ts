import { after, type MonotonicMs } from '../../core/time.ts';
import type { Headers } from '../message/headers.ts';

interface Remembered {
  readonly target: string;
  readonly until: MonotonicMs;
}

export const CHALLENGE_MEMORY = Object.freeze({ lifetimeMs: 2_000, nonces: 1_000 });

const NONCE = /\bnonce[ \t]*=[ \t]*"([^"]{1,256})"/i;

/** Who asked for credentials with which nonce: the retry belongs to the same target, whatever the list says by then. */
export class ChallengeMemory {
  readonly #targets = new Map<string, Remembered>();

  get size(): number {
    return this.#targets.size;
  }

  /** Remembers the challenges of this response. */
  remember(headers: Headers, target: string, now: MonotonicMs): void {
    this.forgetExpired(now);
    for (const nonce of noncesOf(headers, ['www-authenticate', 'proxy-authenticate'])) {
      this.#targets.delete(nonce);
      if (this.#targets.size >= CHALLENGE_MEMORY.nonces) this.#dropOldest();
      this.#targets.set(nonce, { target, until: after(now, CHALLENGE_MEMORY.lifetimeMs) });
    }
  }

  /** The target whose challenge this request answers. It is asked for once. */
  take(headers: Headers, now: MonotonicMs): string | undefined {
    this.forgetExpired(now);
    for (const nonce of noncesOf(headers, ['authorization', 'proxy-authorization'])) {
      const known = this.#targets.get(nonce);
      this.#targets.delete(nonce);
      if (known !== undefined) return known.target;
    }
    return undefined;
  }

  forgetExpired(now: MonotonicMs): void {
    for (const [nonce, { until }] of this.#targets) {
      if (until > now) return;
      this.#targets.delete(nonce);
    }
  }

  nextDeadline(): MonotonicMs | undefined {
    for (const { until } of this.#targets.values()) return until;
    return undefined;
  }

  #dropOldest(): void {
    for (const nonce of this.#targets.keys()) {
      this.#targets.delete(nonce);
      return;
    }
  }
}

function noncesOf(headers: Headers, keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) =>
    headers.lines(key).flatMap(({ value }) => NONCE.exec(value)?.[1] ?? []),
  );
}
