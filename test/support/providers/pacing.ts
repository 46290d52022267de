/** Milliseconds on the clock of `process.hrtime`, which all processes of a machine share. */
export function hrtimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Timers of a server, all of which end with it. */
export class Pacing {
  readonly #timers = new Set<NodeJS.Timeout>();
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** `centreMs` plus or minus up to `jitterMs`, evenly spread, the same sequence for the same seed. */
  jittered(centreMs: number, jitterMs: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    const position = this.#seed / 2 ** 31 - 1;
    return Math.max(0, centreMs + position * jitterMs);
  }

  later(delayMs: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: NodeJS.Timeout | undefined): void {
    clearTimeout(timer);
    if (timer) this.#timers.delete(timer);
  }

  /** Resolves after the delay; never, once {@link stop} was called. */
  wait(delayMs: number): Promise<void> {
    return delayMs <= 0 ? Promise.resolve() : new Promise((done) => this.later(delayMs, done));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
