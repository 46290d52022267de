import { OVERLOAD_HYSTERESIS, Overload, type OverloadLimits } from '../sip/admission/overload.ts';

export interface SipLoadListener {
  /** Requests that wait for the application. */
  waiting(): number;
  /** Calls that came in and have no final answer. */
  callsInSetUp(): number;
  onOverloaded(isOverloaded: boolean): void;
}

/** Looks at the load of this thread at intervals and says when it has become too much, or bearable again. */
export class SipLoadMeter {
  readonly #overload: Overload;
  readonly #interval: NodeJS.Timeout;
  #lastAt = performance.now();

  constructor(listener: SipLoadListener, limits: OverloadLimits) {
    this.#overload = new Overload(limits);
    const { sampleMs } = OVERLOAD_HYSTERESIS;
    this.#interval = setInterval(() => this.#sample(listener), sampleMs).unref();
  }

  get isOverloaded(): boolean {
    return this.#overload.isOverloaded;
  }

  close(): void {
    clearInterval(this.#interval);
  }

  #sample(listener: SipLoadListener): void {
    const now = performance.now();
    const lagMs = now - this.#lastAt - OVERLOAD_HYSTERESIS.sampleMs;
    this.#lastAt = now;
    const before = this.#overload.isOverloaded;
    const [waiting, callsInSetUp] = [listener.waiting(), listener.callsInSetUp()];
    this.#overload.note({ lagMs, waiting, callsInSetUp });
    const { isOverloaded } = this.#overload;
    if (isOverloaded !== before) listener.onOverloaded(isOverloaded);
  }
}
