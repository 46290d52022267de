/** When new calls are refused. Leaving takes less than entering, so that the answer does not change with every call. */
export const OVERLOAD_LIMITS = Object.freeze({
  /** How often the load is looked at. */
  sampleMs: 250,
  /** The thread was late by this much … */
  enterLagMs: 300,
  leaveLagMs: 100,
  /** … so many times in a row: one long pause is no overload. */
  enterSamples: 3,
  leaveSamples: 4,
  /** Requests that wait for a first reaction of the application. */
  enterWaiting: 1_000,
  leaveWaiting: 500,
});

export interface LoadSample {
  /** How much later than asked for a timer fired, in milliseconds. */
  readonly lagMs: number;
  /** Requests that no application has reacted to. */
  readonly waiting: number;
}

/** Whether there is more to do than can be done (in the spirit of RFC 7339 section 5: refuse early, cheaply and with hysteresis). */
export class Overload {
  #isOverloaded = false;
  #streak = 0;

  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  note({ lagMs, waiting }: LoadSample): void {
    const { enterLagMs, leaveLagMs, enterWaiting, leaveWaiting } = OVERLOAD_LIMITS;
    if (!this.#isOverloaded) {
      if (waiting > enterWaiting) this.#change(true);
      else this.#count(lagMs > enterLagMs, OVERLOAD_LIMITS.enterSamples);
      return;
    }
    this.#count(lagMs < leaveLagMs && waiting < leaveWaiting, OVERLOAD_LIMITS.leaveSamples);
  }

  #count(isSignOfChange: boolean, needed: number): void {
    this.#streak = isSignOfChange ? this.#streak + 1 : 0;
    if (this.#streak >= needed) this.#change(!this.#isOverloaded);
  }

  #change(isOverloaded: boolean): void {
    this.#isOverloaded = isOverloaded;
    this.#streak = 0;
  }
}
