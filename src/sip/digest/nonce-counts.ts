/** Nonces remembered, and how far behind the highest a count may be. */
export const NONCE_COUNT_LIMITS = Object.freeze({ nonces: 20_000, window: 32 });

interface Seen {
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  bits: number;
}

/**
 * Which counts of which nonces were used (RFC 7616 section 3.4, `nc`): each once, in any order within a window, because datagrams overtake each
 * other. Bounded: the nonce used first makes room, and by then it is too old to be accepted at all.
 */
export class NonceCounts {
  readonly #seen = new Map<string, Seen>();

  get size(): number {
    return this.#seen.size;
  }

  /** True once for each count of a nonce; false for a replay and for what is too far behind. To be asked after everything else was right. */
  use(nonce: string, count: number): boolean {
    const seen = this.#seen.get(nonce);
    if (seen === undefined) {
      this.#add(nonce, count);
      return true;
    }
    const behind = seen.highest - count;
    if (behind < 0) {
      seen.bits = -behind >= NONCE_COUNT_LIMITS.window ? 1 : (seen.bits << -behind) | 1;
      seen.highest = count;
      return true;
    }
    if (behind >= NONCE_COUNT_LIMITS.window || (seen.bits & (1 << behind)) !== 0) return false;
    seen.bits |= 1 << behind;
    return true;
  }

  #add(nonce: string, count: number): void {
    this.#seen.set(nonce, { highest: count, bits: 1 });
    if (this.#seen.size <= NONCE_COUNT_LIMITS.nonces) return;
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}
