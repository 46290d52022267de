import type { MonotonicMs } from '../core/time.ts';

/** What the drivers of this folder ask of time. */
export interface Timing {
  now(): MonotonicMs;
  /** Calls `run` once, at or soon after `deadline`. The returned function calls it off. */
  schedule(deadline: MonotonicMs, run: () => void): () => void;
}

/** Fields first, as pino has it. */
export interface CarrierLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Wakes one machine at its deadline. */
export class Wake {
  readonly #timing: Timing;
  readonly #run: () => void;
  #deadline: MonotonicMs | undefined;
  #disarm: (() => void) | undefined;

  constructor(timing: Timing, run: () => void) {
    this.#timing = timing;
    this.#run = run;
  }

  /** Undefined: not at all. */
  at(deadline: MonotonicMs | undefined): void {
    if (deadline === this.#deadline) return;
    this.#disarm?.();
    this.#deadline = deadline;
    this.#disarm =
      deadline === undefined ? undefined : this.#timing.schedule(deadline, () => this.#due());
  }

  #due(): void {
    this.#deadline = undefined;
    this.#disarm = undefined;
    this.#run();
  }
}
