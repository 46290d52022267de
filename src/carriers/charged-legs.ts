import { randomUUID } from 'node:crypto';
import { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { LimitRefusal } from './call-limits.ts';
import type { OutgoingPolicy } from './outgoing-policy.ts';

/** A place for one leg of a call, as signalling holds it. */
export interface LegReservation {
  /** The leg is up; `hangup` ends it when nothing is left for its next minute. */
  answered(hangup: (reason: string) => void): void;
  release(): void;
}

/** Value of the Reason header of their BYE: call rejected by credit (Q.850 has no better cause). */
const OUT_OF_BUDGET = 'Q.850;cause=21;text="Daily cap reached"';

/** Second legs of calls, of transfers and bridges: they pay like calls of their own. */
export class ChargedLegs {
  readonly #policy: OutgoingPolicy;
  readonly #accountId: string;
  readonly #hangups = new Map<string, (reason: string) => void>();

  constructor(policy: OutgoingPolicy, accountId: string) {
    this.#policy = policy;
    this.#accountId = accountId;
  }

  /** Pays the first minute; given back when nobody answers. */
  reserve(number: string, now: () => MonotonicMs): LegReservation | Pick<LimitRefusal, 'refused'> {
    const callId = randomUUID();
    try {
      this.#policy.admit({ callId, accountId: this.#accountId, number }, now());
    } catch (error) {
      if (error instanceof TrunklineError) return { refused: error.message };
      throw error;
    }
    return {
      answered: (hangup) => {
        this.#hangups.set(callId, hangup);
        this.#policy.answered(callId, now());
      },
      release: () => {
        this.#hangups.delete(callId);
        this.#policy.ended(callId);
      },
    };
  }

  /** False when it is no leg of these. */
  stop(callId: string): boolean {
    const hangup = this.#hangups.get(callId);
    hangup?.(OUT_OF_BUDGET);
    return hangup !== undefined;
  }
}
