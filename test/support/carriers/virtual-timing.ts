import type { Timing } from '../../../src/carriers/timing.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';

interface Planned {
  readonly deadline: MonotonicMs;
  readonly run: () => void;
}

/** Time that passes when it is told to. */
export class VirtualTiming implements Timing {
  #now = monotonicMs(0);
  readonly #planned = new Set<Planned>();

  now(): MonotonicMs {
    return this.#now;
  }

  schedule(deadline: MonotonicMs, run: () => void): () => void {
    const planned = { deadline, run };
    this.#planned.add(planned);
    return () => this.#planned.delete(planned);
  }

  get pending(): number {
    return this.#planned.size;
  }

  /** Runs everything that is due until then, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(); next && next.deadline <= end; next = this.#next()) {
      this.#now = monotonicMs(Math.max(this.#now, next.deadline));
      this.#planned.delete(next);
      next.run();
      await settled();
    }
    this.#now = monotonicMs(end);
  }

  #next(): Planned | undefined {
    return [...this.#planned].sort((a, b) => a.deadline - b.deadline)[0];
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
