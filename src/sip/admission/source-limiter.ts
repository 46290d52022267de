import { after, type MonotonicMs } from '../../core/time.ts';

/** How much one source may send, and what becomes of it when it sends more. */
export interface SourceLimits {
  /** Messages at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Silence after the burst is used up; every time it happens again it takes twice as long, up to the longest. 0 = none. */
  readonly firstBanMs: number;
  readonly longestBanMs: number;
  /** Sources remembered; the one heard longest ago makes room. */
  readonly maxSources: number;
}

interface Bucket {
  tokens: number;
  filledAt: MonotonicMs;
  bannedUntil: MonotonicMs;
  /** How long the next ban is. */
  banMs: number;
}

/**
 * A token bucket for each source. Bounded: forged sources push the oldest out and gain nothing but the burst that a new source has
 * anyway.
 */
export class SourceLimiter {
  readonly #limits: SourceLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Whether one more message of this source is heard. */
  admits(source: string, now: MonotonicMs): boolean {
    const bucket = this.#bucketOf(source, now);
    if (now < bucket.bannedUntil) return false;
    this.#fill(bucket, now);
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return true;
    }
    this.#ban(bucket, now);
    return false;
  }

  #bucketOf(source: string, now: MonotonicMs): Bucket {
    const { burst, firstBanMs, maxSources } = this.#limits;
    const known = this.#buckets.get(source);
    const bucket = known ?? { tokens: burst, filledAt: now, bannedUntil: now, banMs: firstBanMs };
    // The one heard last is the last.
    if (known !== undefined) this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    if (this.#buckets.size > maxSources) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }

  #fill(bucket: Bucket, now: MonotonicMs): void {
    const { burst, perSecond, firstBanMs, longestBanMs } = this.#limits;
    const elapsedMs = now - bucket.filledAt;
    if (elapsedMs <= 0) return;
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1_000);
    bucket.filledAt = now;
    // Good conduct for the longest ban is forgiveness.
    if (now > bucket.bannedUntil + longestBanMs) bucket.banMs = firstBanMs;
  }

  #ban(bucket: Bucket, now: MonotonicMs): void {
    const { longestBanMs } = this.#limits;
    if (bucket.banMs === 0) return;
    bucket.bannedUntil = after(now, bucket.banMs);
    bucket.banMs = Math.min(2 * bucket.banMs, longestBanMs);
  }
}
