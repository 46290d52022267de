import { OVERLOAD_LIMITS, Overload } from '../sip/admission/overload.ts';

export interface SipLoadListener {
  /** Requests that wait for the application. */
  waiting(): number;
  onOverloaded(isOverloaded: boolean): void;
}

/** Looks at the load of this thread at intervals and says when it has become too much, or bearable again. */
export class SipLoadMeter {
  readonly #overload = new Overload();
  readonly #interval: NodeJS.Timeout;
  #lastAt = performance.now();

  constructor(listener: SipLoadListener) {
    this.#interval = setInterval(() => this.#sample(listener), OVERLOAD_LIMITS.sampleMs).unref();
  }

  get isOverloaded(): boolean {
    return this.#overload.isOverloaded;
  }

  close(): void {
    clearInterval(this.#interval);
  }

  #sample(listener: SipLoadListener): void {
    const now = performance.now();
    const lagMs = now - this.#lastAt - OVERLOAD_LIMITS.sampleMs;
    this.#lastAt = now;
    const before = this.#overload.isOverloaded;
    this.#overload.note({ lagMs, waiting: listener.waiting() });
    const { isOverloaded } = this.#overload;
    if (isOverloaded !== before) listener.onOverloaded(isOverloaded);
  }
}
