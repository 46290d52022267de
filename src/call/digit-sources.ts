import { after, type MonotonicMs } from '../core/time.ts';

/** A key that comes more than one way comes within this time. */
const DOUBLE_WINDOW_MS = 1_000;
const MAX_REMEMBERED = 32;

export type DigitSource = 'rfc4733' | 'inband' | 'info';

interface Press {
  readonly digit: string;
  readonly untilMs: MonotonicMs;
  /** The ways it came so far. */
  readonly sources: Set<DigitSource>;
}

/** One event per key pressed, when it comes as an RFC 4733 event, as a tone in the audio and as INFO, or as any two of them. */
export class DigitSources {
  #presses: Press[] = [];

  /** Whether this is a key of its own, and not another way's word of one that was told. */
  isNew(source: DigitSource, digit: string, now: MonotonicMs): boolean {
    this.#presses = this.#presses.filter(({ untilMs }) => untilMs > now);
    const twin = this.#presses.find((one) => one.digit === digit && !one.sources.has(source));
    if (twin !== undefined) {
      twin.sources.add(source);
      return false;
    }
    const untilMs = after(now, DOUBLE_WINDOW_MS);
    this.#presses.push({ digit, untilMs, sources: new Set([source]) });
    if (this.#presses.length > MAX_REMEMBERED) this.#presses.shift();
    return true;
  }
}
