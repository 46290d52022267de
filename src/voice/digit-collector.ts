import { after, type MonotonicMs } from '../core/time.ts';

/** An entry is over this long after its last digit. */
const INTER_DIGIT_MS = 1_500;
const MAX_DIGITS = 64;
const TERMINATOR = '#';

export interface DigitEntry {
  readonly digits: string;
  /** When it was known to be complete. */
  readonly endMs: MonotonicMs;
}

/** Collects keys into entries: `1`, `2`, `#` is one entry `12#`. */
export class DigitCollector {
  #digits = '';
  #deadline: MonotonicMs | undefined;

  get isCollecting(): boolean {
    return this.#digits !== '';
  }

  get deadline(): MonotonicMs | undefined {
    return this.#deadline;
  }

  /** Gives the entry when the digit completes it. */
  press(digit: string, atMs: MonotonicMs): DigitEntry | undefined {
    this.#digits += digit;
    this.#deadline = after(atMs, INTER_DIGIT_MS);
    const isComplete = digit === TERMINATOR || this.#digits.length >= MAX_DIGITS;
    return isComplete ? this.#take(atMs) : undefined;
  }

  /** Gives the entry when no further digit came in time. */
  handleTimeout(now: MonotonicMs): DigitEntry | undefined {
    const due = this.#deadline;
    return due !== undefined && due <= now ? this.#take(due) : undefined;
  }

  #take(endMs: MonotonicMs): DigitEntry {
    const digits = this.#digits;
    this.#digits = '';
    this.#deadline = undefined;
    return { digits, endMs };
  }
}
