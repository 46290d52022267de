import { after, type MonotonicMs } from '../core/time.ts';
import type { CarrierLog } from './timing.ts';

/** A source is named once in this time. */
const AGAIN_AFTER_MS = 3_600_000;
/** Sources remembered; of more, the log does not tell. */
const MAX_SOURCES = 256;

/** Says who called and is nobody's, once per source: a scan must not fill the log. */
export class StrangerLog {
  readonly #log: CarrierLog;
  readonly #quietUntil = new Map<string, MonotonicMs>();

  constructor(log: CarrierLog) {
    this.#log = log;
  }

  refused(source: string, now: MonotonicMs): void {
    const quietUntil = this.#quietUntil.get(source);
    if (quietUntil !== undefined && quietUntil > now) return;
    if (quietUntil === undefined && this.#quietUntil.size >= MAX_SOURCES) this.#forget(now);
    if (quietUntil === undefined && this.#quietUntil.size >= MAX_SOURCES) return;
    this.#quietUntil.set(source, after(now, AGAIN_AFTER_MS));
    this.#log.warn({ source }, 'a call from an address of no carrier is refused');
  }

  #forget(now: MonotonicMs): void {
    for (const [source, until] of this.#quietUntil) {
      if (until <= now) this.#quietUntil.delete(source);
    }
  }
}
