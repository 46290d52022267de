import { type MonotonicMs, monotonicMs } from '../core/time.ts';

/** What a driver asks of time. Tests have one that stands still. */
export interface Clock {
  now(): MonotonicMs;
  /** Calls `run` once, at or soon after `deadline`. The returned function calls it off. */
  schedule(deadline: MonotonicMs, run: () => void): () => void;
}

/** The longest delay that setTimeout takes; a later deadline is waited for in steps. */
const MAX_DELAY_MS = 2_147_483_647;

/** CLOCK_MONOTONIC, the same clock that the media threads stamp with. */
export const monotonicClock: Clock = Object.freeze({
  now(): MonotonicMs {
    return monotonicMs(Number(process.hrtime.bigint()) / 1e6);
  },

  schedule(deadline: MonotonicMs, run: () => void): () => void {
    let cancel: () => void;
    const wait = (isFirst = false): void => {
      const delayMs = Math.floor(deadline - monotonicClock.now());
      if (delayMs >= 1 || isFirst) {
        const timer = setTimeout(wait, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
        cancel = () => clearTimeout(timer);
      } else if (deadline > monotonicClock.now()) {
        // Timers count whole milliseconds: the rest of the last one is waited for turn by turn of the event loop.
        const immediate = setImmediate(wait);
        cancel = () => clearImmediate(immediate);
      } else run();
    };
    wait(true);
    return () => cancel();
  },
});
