/** Caps of one account and one day (UTC); left out, there is none. */
export interface DailyCaps {
  readonly calls?: number;
  readonly minutes?: number;
  readonly microUsd?: number;
}

/** What an account has used on a day. */
export interface DailyUsage {
  /** `2026-01-31`, UTC. */
  readonly day: string;
  readonly calls: number;
  readonly minutes: number;
  readonly microUsd: number;
}

export interface CallBudgetOptions {
  readonly caps: DailyCaps;
  /** Today, UTC. */
  readonly today: () => string;
  /** To be kept in the order they come, so that a restart does not begin the day anew. */
  readonly save: (accountId: string, usage: DailyUsage) => void;
}

export interface BudgetRefusal {
  readonly refused: string;
}

/** The minute that a call is in, paid in advance. */
export interface BudgetHold {
  /** Pays the next minute; false when the day has none left for it: the call has to end. */
  extend(): boolean;
  /** The call is over. What was paid for a call that nobody answered is given back. */
  settle(wasAnswered: boolean): void;
}

const MICRO_USD_PER_USD = 1_000_000;

/**
 * What accounts may spend in a day. A call pays each minute before it begins, so that however many calls are up at once, no cap is exceeded; a call
 * whose next minute is not covered ends with the minute it has paid.
 */
export class CallBudget {
  readonly #options: CallBudgetOptions;
  readonly #usage = new Map<string, DailyUsage>();

  /** `kept` is what {@link CallBudgetOptions.save} was given before. */
  constructor(options: CallBudgetOptions, kept: ReadonlyMap<string, DailyUsage>) {
    this.#options = options;
    for (const [accountId, usage] of kept) this.#usage.set(accountId, usage);
  }

  /** Pays for the call and its first minute. */
  begin(accountId: string, microUsdPerMinute: number): BudgetHold | BudgetRefusal {
    const refused = this.#refusal(accountId, microUsdPerMinute, 1);
    if (refused !== undefined) return { refused };
    this.#add(accountId, { calls: 1, minutes: 1, microUsd: microUsdPerMinute });
    const { day } = this.usageOf(accountId);
    let isSettled = false;
    return {
      extend: () => !isSettled && this.#extend(accountId, microUsdPerMinute),
      settle: (wasAnswered) => {
        if (isSettled) return;
        isSettled = true;
        if (!wasAnswered) this.#giveBack(accountId, day, microUsdPerMinute);
      },
    };
  }

  usageOf(accountId: string): DailyUsage {
    const day = this.#options.today();
    const usage = this.#usage.get(accountId);
    return usage?.day === day ? usage : { day, calls: 0, minutes: 0, microUsd: 0 };
  }

  #extend(accountId: string, microUsd: number): boolean {
    if (this.#refusal(accountId, microUsd, 0) !== undefined) return false;
    this.#add(accountId, { calls: 0, minutes: 1, microUsd });
    return true;
  }

  /** Of another day, nothing is left to give back. */
  #giveBack(accountId: string, day: string, microUsd: number): void {
    if (this.usageOf(accountId).day !== day) return;
    this.#add(accountId, { calls: 0, minutes: -1, microUsd: -microUsd });
  }

  #refusal(accountId: string, microUsd: number, newCalls: number): string | undefined {
    const { caps } = this.#options;
    const usage = this.usageOf(accountId);
    if (caps.microUsd !== undefined && usage.microUsd + microUsd > caps.microUsd) {
      return `the account has spent its ${caps.microUsd / MICRO_USD_PER_USD} USD of today`;
    }
    if (caps.minutes !== undefined && usage.minutes + 1 > caps.minutes) {
      return `the account has used its ${caps.minutes} minutes of today`;
    }
    if (caps.calls !== undefined && usage.calls + newCalls > caps.calls) {
      return `the account has placed its ${caps.calls} calls of today`;
    }
    return undefined;
  }

  #add(accountId: string, more: Omit<DailyUsage, 'day'>): void {
    const { day, calls, minutes, microUsd } = this.usageOf(accountId);
    const usage = {
      day,
      calls: calls + more.calls,
      minutes: minutes + more.minutes,
      microUsd: microUsd + more.microUsd,
    };
    this.#usage.set(accountId, usage);
    this.#options.save(accountId, usage);
  }
}
