import { TrunklineError } from '../core/errors.ts';
import { after, type MonotonicMs } from '../core/time.ts';
import type { BudgetHold, CallBudget } from './call-budget.ts';
import type { CallLimits, CallReservation } from './call-limits.ts';
import type { CallRates } from './call-rates.ts';
import type { CallLimit } from './carrier.ts';
import {
  checkDestination,
  type DestinationRules,
  withoutNationalPrefix,
} from './destination-policy.ts';

export interface OutgoingPolicyOptions {
  readonly rules: DestinationRules;
  readonly rates: CallRates;
  readonly budget: CallBudget;
  readonly limits: CallLimits;
  /** Of each account. */
  readonly accountLimit: CallLimit;
}

export interface OutgoingAttempt {
  readonly callId: string;
  readonly accountId: string;
  readonly number: string;
}

interface Placed {
  readonly hold: BudgetHold;
  readonly reservation: CallReservation;
  /** Undefined until the answer. */
  paidUntilMs?: MonotonicMs;
}

const MINUTE_MS = 60_000;

/** Keeps accounts from calling where they may not, too often, or for more than they may spend (toll fraud). */
export class OutgoingPolicy {
  readonly #options: OutgoingPolicyOptions;
  readonly #placed = new Map<string, Placed>();

  constructor(options: OutgoingPolicyOptions) {
    this.#options = options;
  }

  /**
   * To be asked before anything is sent.
   * @throws TrunklineError `destination-not-allowed`, `call-rate-exceeded`, `daily-cap-reached`
   */
  admit({ callId, accountId, number }: OutgoingAttempt, now: MonotonicMs): void {
    const { budget, limits, accountLimit } = this.#options;
    this.checkDestination(number, 'phone_number');
    const scope = { key: `account:${accountId}`, name: 'the account', ...accountLimit };
    const reservation = limits.reserve([scope], now);
    if ('refused' in reservation) {
      throw refusal('call-rate-exceeded', `phone_number is not called: ${reservation.refused}`);
    }
    const hold = budget.begin(accountId, this.#rateOf(number));
    if ('refused' in hold) {
      reservation.release();
      throw refusal('daily-cap-reached', `phone_number is not called: ${hold.refused}`);
    }
    this.#placed.set(callId, { hold, reservation });
  }

  /** For numbers that a running call is sent to. @throws TrunklineError `destination-not-allowed` that names `field` */
  checkDestination(number: string, field: string): void {
    const verdict = checkDestination(this.#options.rules, number);
    if (verdict.isAllowed) return;
    throw new TrunklineError('destination-not-allowed', `${field} ${verdict.detail}`, { field });
  }

  /** Whether {@link checkDestination} would let it through. */
  isAllowed(number: string): boolean {
    return checkDestination(this.#options.rules, number).isAllowed;
  }

  /** Whether a call to the one number may go to the other instead, because a gateway says so. It was paid for as the first. */
  mayDivert(number: string, other: string): boolean {
    return this.#rateOf(other) <= this.#rateOf(number) && this.isAllowed(other);
  }

  /** In micro-USD per minute; of two numbers that it may be, the dearer one's. */
  #rateOf(number: string): number {
    const { rates } = this.#options;
    const other = withoutNationalPrefix(number);
    return Math.max(rates.microUsdPerMinute(number), rates.microUsdPerMinute(other));
  }

  /** From here on minutes count. */
  answered(callId: string, now: MonotonicMs): void {
    const placed = this.#placed.get(callId);
    if (placed !== undefined) placed.paidUntilMs ??= after(now, MINUTE_MS);
  }

  /** The call is over, or never began. */
  ended(callId: string): void {
    const placed = this.#placed.get(callId);
    if (placed === undefined) return;
    this.#placed.delete(callId);
    placed.reservation.release();
    placed.hold.settle(placed.paidUntilMs !== undefined);
  }

  /** Pays the minutes that begin; returns the calls that nothing is left for and that have to end. To be called every second or so. */
  charge(now: MonotonicMs): readonly string[] {
    const broke: string[] = [];
    for (const [callId, placed] of this.#placed) {
      if (!paysUntil(placed, now)) broke.push(callId);
    }
    return broke;
  }
}

function paysUntil(placed: Placed, now: MonotonicMs): boolean {
  while (placed.paidUntilMs !== undefined && placed.paidUntilMs <= now) {
    if (!placed.hold.extend()) return false;
    placed.paidUntilMs = after(placed.paidUntilMs, MINUTE_MS);
  }
  return true;
}

function refusal(code: 'call-rate-exceeded' | 'daily-cap-reached', detail: string): TrunklineError {
  return new TrunklineError(code, detail, { field: 'phone_number' });
}
