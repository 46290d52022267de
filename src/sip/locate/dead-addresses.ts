import { after, type MonotonicMs } from '../../core/time.ts';
import type { ServerAddress } from './location-target.ts';

/** How long an address that did not answer is tried after the others, and how many such addresses are remembered. */
export const DEAD_ADDRESS_LIMITS = Object.freeze({ rememberMs: 30_000, entries: 1_000 });

/** Addresses that did not answer lately (RFC 3263 section 4.3 leaves their memory to us). Bounded: the oldest makes room. */
export class DeadAddresses {
  readonly #until = new Map<string, MonotonicMs>();

  get size(): number {
    return this.#until.size;
  }

  add(address: ServerAddress, now: MonotonicMs): void {
    const key = keyOf(address);
    this.#until.delete(key);
    this.#until.set(key, after(now, DEAD_ADDRESS_LIMITS.rememberMs));
    if (this.#until.size <= DEAD_ADDRESS_LIMITS.entries) return;
    const [oldest] = this.#until.keys();
    if (oldest !== undefined) this.#until.delete(oldest);
  }

  /** The same addresses, those that did not answer behind the others. */
  sort(addresses: readonly ServerAddress[], now: MonotonicMs): readonly ServerAddress[] {
    if (this.#until.size === 0) return addresses;
    const isDead = (each: ServerAddress) => now < (this.#until.get(keyOf(each)) ?? 0);
    return [...addresses.filter((each) => !isDead(each)), ...addresses.filter(isDead)];
  }
}

function keyOf({ transport, host, port }: ServerAddress): string {
  return `${transport} ${host} ${port}`;
}
