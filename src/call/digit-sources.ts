import { after, type MonotonicMs } from '../core/time.ts';

/** A key that comes both ways comes within this time. */
const DOUBLE_WINDOW_MS = 1_000;
const MAX_UNMATCHED = 32;

export type DigitSource = 'rtp' | 'info';

/** One event per key pressed, when a carrier sends it both as RFC 4733 events and as INFO. */
export class DigitSources {
  #unmatched: {
    readonly source: DigitSource;
    readonly digit: string;
    readonly untilMs: MonotonicMs;
  }[] = [];

  /** Whether this is a key of its own, and not the other source's word of one that was told. */
  isNew(source: DigitSource, digit: string, now: MonotonicMs): boolean {
    this.#unmatched = this.#unmatched.filter(({ untilMs }) => untilMs > now);
    const twin = this.#unmatched.findIndex((one) => one.source !== source && one.digit === digit);
    if (twin >= 0) {
      this.#unmatched.splice(twin, 1);
      return false;
    }
    this.#unmatched.push({ source, digit, untilMs: after(now, DOUBLE_WINDOW_MS) });
    if (this.#unmatched.length > MAX_UNMATCHED) this.#unmatched.shift();
    return true;
  }
}
