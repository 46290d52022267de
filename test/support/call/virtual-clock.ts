import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import type { Clock } from '../../../src/io/monotonic-clock.ts';

interface Alarm {
  readonly deadline: MonotonicMs;
  readonly run: () => void;
}

/** A clock that moves when told to. Counts the alarms that are set. */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #now = monotonicMs(1_000);

  get alarmsSet(): number {
    return this.#alarms.size;
  }

  now(): MonotonicMs {
    return this.#now;
  }

  schedule(deadline: MonotonicMs, run: () => void): () => void {
    const alarm = { deadline, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Runs every alarm on the way, each at its time, and lets the promises in between settle. */
  async advance(durationMs: number): Promise<void> {
    const end = after(this.#now, durationMs);
    await settled();
    for (let alarm = this.#nextBy(end); alarm; alarm = this.#nextBy(end)) {
      this.#alarms.delete(alarm);
      this.#now = monotonicMs(Math.max(this.#now, alarm.deadline));
      alarm.run();
      await settled();
    }
    this.#now = end;
  }

  #nextBy(end: MonotonicMs): Alarm | undefined {
    const [first] = [...this.#alarms].sort((a, b) => a.deadline - b.deadline);
    return first !== undefined && first.deadline <= end ? first : undefined;
  }
}

/** Every promise reaction that is due has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
