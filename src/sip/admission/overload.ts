/** When new calls are refused. */
export interface OverloadLimits {
  /** The thread is late by more than this, several times in a row: one long pause is no overload. */
  readonly lagMs: number;
  /** Requests that wait for a first reaction of the application. */
  readonly waiting: number;
  /** Calls that came in and have no final answer. */
  readonly callsInSetUp: number;
}

export const DEFAULT_OVERLOAD_LIMITS: OverloadLimits = Object.freeze({
  lagMs: 300,
  waiting: 1_000,
  callsInSetUp: 2_000,
});

/** Leaving takes less than entering, so that the answer does not change with every call. */
export const OVERLOAD_HYSTERESIS = Object.freeze({
  /** How often the load is looked at. */
  sampleMs: 250,
  enterSamples: 3,
  leaveSamples: 4,
  /** Parts of the limits. */
  leaveLag: 1 / 3,
  leaveCount: 1 / 2,
});

export interface LoadSample {
  /** How much later than asked for a timer fired, in milliseconds. */
  readonly lagMs: number;
  /** Requests that no application has reacted to. */
  readonly waiting: number;
  /** Calls that came in and have no final answer. */
  readonly callsInSetUp: number;
}

/** Whether there is more to do than can be done (in the spirit of RFC 7339 section 5: refuse early, cheaply and with hysteresis). */
export class Overload {
  readonly #limits: OverloadLimits;
  #isOverloaded = false;
  #streak = 0;

  constructor(limits: OverloadLimits = DEFAULT_OVERLOAD_LIMITS) {
    this.#limits = limits;
  }

  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  note(sample: LoadSample): void {
    const { lagMs, waiting, callsInSetUp } = this.#limits;
    if (this.#isOverloaded) {
      this.#count(this.#isCalm(sample), OVERLOAD_HYSTERESIS.leaveSamples);
    } else if (sample.waiting > waiting || sample.callsInSetUp > callsInSetUp) {
      this.#change(true);
    } else this.#count(sample.lagMs > lagMs, OVERLOAD_HYSTERESIS.enterSamples);
  }

  #isCalm({ lagMs, waiting, callsInSetUp }: LoadSample): boolean {
    const { leaveLag, leaveCount } = OVERLOAD_HYSTERESIS;
    return (
      lagMs < leaveLag * this.#limits.lagMs &&
      waiting < leaveCount * this.#limits.waiting &&
      callsInSetUp < leaveCount * this.#limits.callsInSetUp
    );
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
