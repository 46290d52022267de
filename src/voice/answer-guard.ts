import { after, type MonotonicMs } from '../core/time.ts';

/** A provider reports its own timeout first, even when the event loop is late. */
const MARGIN_MS = 250;

/** When a provider that was given `withinMs` for its answer has not kept to it and is given up. It has retried by then. */
export function answerGuard(now: MonotonicMs, withinMs: number): MonotonicMs {
  return after(now, withinMs + MARGIN_MS);
}
