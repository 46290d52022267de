import type { MonotonicMs } from '../core/time.ts';
import type { CallLimit } from './carrier.ts';

/** Whose limit it is. */
export interface LimitScope extends CallLimit {
  readonly key: string;
  /** As a refusal names it: `carrier telco`. */
  readonly name: string;
}

/** A place that a call holds. */
export interface CallReservation {
  /** Gives it back, once however often it is called. */
  release(): void;
}

export interface LimitRefusal {
  readonly refused: string;
  /** `rate`: within a second there is room again. */
  readonly by: 'calls' | 'rate';
}

interface Usage {
  calls: number;
  /** When the calls of the last second began, oldest first. */
  begun: MonotonicMs[];
}

const SECOND_MS = 1_000;
/** From here on, what is not in use is looked for and forgotten. */
const MAX_IDLE_ENTRIES = 1_024;

/** Concurrent calls and calls per second of gateways, carriers and accounts. Nobody is made to wait: what does not fit is refused. */
export class CallLimits {
  readonly #usage = new Map<string, Usage>();

  /** A place in every scope, or in none and the first scope that has none left. */
  reserve(scopes: readonly LimitScope[], now: MonotonicMs): CallReservation | LimitRefusal {
    for (const scope of scopes) {
      const refused = this.#refusal(scope, now);
      if (refused !== undefined) return refused;
    }
    const taken = scopes.map((scope) => this.#take(scope, now));
    if (this.#usage.size > MAX_IDLE_ENTRIES) this.#forgetIdle(now);
    return { release: once(() => this.#giveBack(taken)) };
  }

  /** Calls that hold a place at the moment. */
  inUse(key: string): number {
    return this.#usage.get(key)?.calls ?? 0;
  }

  /** Scopes that something is remembered of. */
  get size(): number {
    return this.#usage.size;
  }

  #refusal(
    { key, name, maxCalls, maxCallsPerSecond }: LimitScope,
    now: MonotonicMs,
  ): LimitRefusal | undefined {
    const usage = this.#usage.get(key);
    if (maxCalls !== undefined && (usage?.calls ?? 0) >= maxCalls) {
      return { refused: `${name} has all of its ${maxCalls} calls in use`, by: 'calls' };
    }
    const begun = usage?.begun.filter((at) => at > now - SECOND_MS).length ?? 0;
    if (maxCallsPerSecond !== undefined && begun >= maxCallsPerSecond) {
      return { refused: `${name} takes ${maxCallsPerSecond} calls per second`, by: 'rate' };
    }
    return undefined;
  }

  #take({ key, maxCallsPerSecond }: LimitScope, now: MonotonicMs): Usage {
    const usage = this.#usage.get(key) ?? { calls: 0, begun: [] };
    usage.calls += 1;
    usage.begun = usage.begun.filter((at) => at > now - SECOND_MS);
    if (maxCallsPerSecond !== undefined) usage.begun.push(now);
    this.#usage.set(key, usage);
    return usage;
  }

  #giveBack(taken: readonly Usage[]): void {
    for (const usage of taken) usage.calls -= 1;
  }

  #forgetIdle(now: MonotonicMs): void {
    for (const [key, { calls, begun }] of this.#usage) {
      if (calls === 0 && begun.every((at) => at <= now - SECOND_MS)) this.#usage.delete(key);
    }
  }
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    run();
  };
}
