import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';

/** Subscriptions of one dialog kept at most; one beyond is passed through and not watched. */
const MAX_SUBSCRIPTIONS = 16;
/** More is as good as a day. */
const MAX_LIFETIME_SECONDS = 86_400;

/** The subscriptions that share a dialog (RFC 6665 section 4.1, RFC 5057), by event, each with the time at which it is given up. */
export class Subscriptions {
  readonly #timers = new TimerTable<string>();
  readonly #events = new Set<string>();

  get isEmpty(): boolean {
    return this.#events.size === 0;
  }

  /** A subscription that was made or refreshed: it lives for so long, and a little more for its last NOTIFY. */
  keep(event: string, seconds: number, graceMs: number, now: MonotonicMs): void {
    if (!this.#events.has(event) && this.#events.size >= MAX_SUBSCRIPTIONS) return;
    this.#events.add(event);
    const lifetimeMs = Math.min(seconds, MAX_LIFETIME_SECONDS) * 1_000;
    this.#timers.set(event, after(now, lifetimeMs + graceMs));
  }

  end(event: string): void {
    this.#events.delete(event);
    this.#timers.stop(event);
  }

  /** Those that live are given up at `deadline` at the latest. */
  limit(deadline: MonotonicMs): void {
    for (const event of this.#events) this.#timers.set(event, deadline);
  }

  /** True when one was given up. */
  handleTimeout(now: MonotonicMs): boolean {
    const event = this.#timers.takeDue(now);
    if (event === undefined) return false;
    this.#events.delete(event);
    return true;
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }
}
