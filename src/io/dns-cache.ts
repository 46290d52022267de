import type { MonotonicMs } from '../core/time.ts';
import type { DnsRecords } from '../sip/locate/dns-record.ts';

/** How long answers are good for; `ttlSeconds` of an answer is kept within the floor and the ceiling. */
export const DNS_CACHE_LIMITS = Object.freeze({
  entries: 2_000,
  floorMs: 5_000,
  ceilingMs: 300_000,
  /** For records that come without a TTL (NAPTR, SRV) and for names without records. */
  unknownTtlMs: 30_000,
  negativeMs: 10_000,
  /** A server that does not answer is asked again this much later. */
  failureMs: 3_000,
  /** An answer that has expired is still better than none while the server does not answer. */
  staleMs: 3_600_000,
});

interface Entry {
  /** Undefined: the server gave no answer that could be used. */
  readonly answer: DnsRecords | undefined;
  readonly expiresAt: number;
  readonly staleUntil: number;
}

/** Answers by question. Bounded: the one stored longest ago makes room. */
export class DnsCache {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** What is known now: an answer, a failure that is too recent to ask again, or nothing. */
  find(key: string, now: MonotonicMs): { readonly answer: DnsRecords | undefined } | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now < entry.expiresAt ? entry : undefined;
  }

  store(key: string, answer: DnsRecords, ttlSeconds: number | undefined, now: MonotonicMs): void {
    const { floorMs, ceilingMs, unknownTtlMs, negativeMs, staleMs } = DNS_CACHE_LIMITS;
    const ttlMs = ttlSeconds === undefined ? unknownTtlMs : ttlSeconds * 1_000;
    const isEmpty = answer.records.length === 0;
    const lifeMs = isEmpty ? negativeMs : Math.min(Math.max(ttlMs, floorMs), ceilingMs);
    const expiresAt = now + lifeMs;
    this.#put(key, { answer, expiresAt, staleUntil: isEmpty ? expiresAt : expiresAt + staleMs });
  }

  /** Remembers that there was no answer; returns the expired one that stands in for it, if there is. */
  storeFailure(key: string, now: MonotonicMs): DnsRecords | undefined {
    const known = this.#entries.get(key);
    const isUsable = known !== undefined && now < known.staleUntil;
    const answer = isUsable ? known.answer : undefined;
    const staleUntil = isUsable ? known.staleUntil : 0;
    this.#put(key, { answer, expiresAt: now + DNS_CACHE_LIMITS.failureMs, staleUntil });
    return answer;
  }

  #put(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= DNS_CACHE_LIMITS.entries) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
