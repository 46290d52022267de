import { after, type MonotonicMs } from '../core/time.ts';
import { TimerTable } from '../core/timer-table.ts';
import { reasonText } from './reason-text.ts';

export type RegistrationState = 'trying' | 'registered' | 'failed' | 'refused' | 'closed';

export interface RegistrationOutcome {
  readonly status: number;
  readonly reason: string;
  /** Granted; of a 423 the least that would be (RFC 3261 section 10.3); 0 when the registrar names none. */
  readonly expiresSeconds: number;
  readonly retryAfterSeconds?: number;
  /** The way of our requests to the carrier, next hop first (RFC 3608): `<sip:…>`. */
  readonly serviceRoute?: readonly string[];
}

export type RegistrationInput =
  | { readonly type: 'outcome'; readonly attempt: number; readonly outcome: RegistrationOutcome }
  /** Our address may be another one. */
  | { readonly type: 'network-changed' }
  | { readonly type: 'close' };

export type RegistrationOutput =
  | { readonly type: 'register'; readonly attempt: number; readonly expiresSeconds: number }
  | { readonly type: 'changed'; readonly state: RegistrationState; readonly reason: string };

export interface RegistrationOptions {
  readonly expiresSeconds: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

const REGISTRATION_TIMING = Object.freeze({
  /** Share of the granted time after which it is refreshed. */
  refreshAt: 0.8,
  minRefreshMs: 1_000,
  retryFirstMs: 30_000,
  retryMaxMs: 900_000,
  /** Longer than a transaction with a challenge in it (RFC 3261 timer F, twice). */
  attemptLimitMs: 70_000,
  /** A network that comes and goes asks for no more than this. */
  networkPauseMs: 5_000,
  closeLimitMs: 2_000,
  maxRetryAfterMs: 3_600_000,
  maxExpiresSeconds: 86_400,
} as const);

export interface RegistrationSnapshot {
  readonly state: RegistrationState;
  readonly sinceMs: MonotonicMs;
  readonly reason: string;
  readonly nextAttemptMs?: MonotonicMs;
  /** The registrar knows us until then. */
  readonly expiresMs?: MonotonicMs;
}

type Timer = 'register' | 'attempt-limit' | 'expired' | 'close-limit';

/** Statuses that say who we are is wrong: asking again soon locks accounts out. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 407, 604]);
/** Refused this often in a row, it is asked for seldom. */
const REFUSALS_TO_REFUSED = 2;
const INTERVAL_TOO_BRIEF = 423;

/**
 * Our registration with one carrier (RFC 3261 section 10.2, back-off as in RFC 5626 section 4.5).
 *
 * | state      | 2xx                          | 401, 403, 404           | other failure                   | network-changed | close       |
 * | ---------- | ---------------------------- | ----------------------- | ------------------------------- | --------------- | ----------- |
 * | trying     | registered, refresh at 80 %  | failed; second: refused | failed, retry in 30 s to 15 min | once more       | unregister  |
 * | registered | registered                   | as above                | registered until it expires     | register        | unregister  |
 * | failed     | registered                   | refused                 | failed                          | register        | closed      |
 * | refused    | registered                   | refused, in 15 min      | failed                          | register        | closed      |
 * | closed     | -                            | -                       | -                               | -               | -           |
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #timers = new TimerTable<Timer>();
  readonly #outputs: RegistrationOutput[] = [];
  #state: RegistrationState = 'trying';
  #sinceMs: MonotonicMs;
  #reason = 'not registered yet';
  #attempt = 0;
  #isWaiting = false;
  #isClosing = false;
  #isStale = false;
  #failures = 0;
  #refusals = 0;
  #expiresSeconds: number;
  #expiresMs: MonotonicMs | undefined;
  #lastSentMs: MonotonicMs | undefined;

  constructor(options: RegistrationOptions, now: MonotonicMs) {
    this.#options = options;
    this.#expiresSeconds = options.expiresSeconds;
    this.#sinceMs = now;
    this.#timers.set('register', now);
  }

  get snapshot(): RegistrationSnapshot {
    return {
      state: this.#state,
      sinceMs: this.#sinceMs,
      reason: this.#reason,
      ...(this.#nextMs !== undefined && { nextAttemptMs: this.#nextMs }),
      ...(this.#expiresMs !== undefined && { expiresMs: this.#expiresMs }),
    };
  }

  handleInput(input: RegistrationInput, now: MonotonicMs): void {
    if (this.#state === 'closed') return;
    switch (input.type) {
      case 'outcome':
        if (input.attempt === this.#attempt && this.#isWaiting) this.#settle(input.outcome, now);
        break;
      case 'network-changed':
        this.#handleNetwork(now);
        break;
      case 'close':
        this.#beginClose(now);
        break;
    }
  }

  handleTimeout(now: MonotonicMs): void {
    for (let timer = this.#timers.takeDue(now); timer; timer = this.#timers.takeDue(now)) {
      this.#handleTimer(timer, now);
    }
  }

  pollOutput(): RegistrationOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #nextMs: MonotonicMs | undefined;

  #handleTimer(timer: Timer, now: MonotonicMs): void {
    switch (timer) {
      case 'register':
        this.#send(this.#expiresSeconds, now);
        break;
      case 'attempt-limit':
        this.#settle({ status: 408, reason: 'no answer to REGISTER', expiresSeconds: 0 }, now);
        break;
      case 'expired':
        this.#expiresMs = undefined;
        if (this.#state === 'registered') this.#enter('failed', 'expired', now);
        break;
      case 'close-limit':
        this.#end(now);
        break;
    }
  }

  #send(expiresSeconds: number, now: MonotonicMs): void {
    this.#attempt += 1;
    this.#isWaiting = true;
    this.#lastSentMs = now;
    this.#nextMs = undefined;
    this.#timers.set('attempt-limit', after(now, REGISTRATION_TIMING.attemptLimitMs));
    this.#outputs.push({ type: 'register', attempt: this.#attempt, expiresSeconds });
  }

  #settle(outcome: RegistrationOutcome, now: MonotonicMs): void {
    this.#isWaiting = false;
    this.#timers.stop('attempt-limit');
    if (this.#isClosing) {
      this.#end(now);
      return;
    }
    const { status } = outcome;
    if (status >= 200 && status < 300) this.#succeed(outcome, now);
    else if (status === INTERVAL_TOO_BRIEF && this.#lengthen(outcome)) this.#plan(0, now);
    else this.#fail(outcome, now);
    if (this.#isStale) this.#handleNetwork(now);
  }

  #succeed({ status, reason, expiresSeconds }: RegistrationOutcome, now: MonotonicMs): void {
    const granted = expiresSeconds > 0 ? expiresSeconds : this.#expiresSeconds;
    const grantedMs = Math.min(granted, REGISTRATION_TIMING.maxExpiresSeconds) * 1_000;
    this.#failures = 0;
    this.#refusals = 0;
    this.#expiresMs = after(now, grantedMs);
    this.#timers.set('expired', this.#expiresMs);
    const { refreshAt, minRefreshMs } = REGISTRATION_TIMING;
    this.#plan(Math.max(grantedMs * refreshAt, minRefreshMs), now);
    this.#enter('registered', reasonText(status, reason), now);
  }

  /** False when the registrar asks for what it was given already. */
  #lengthen({ expiresSeconds }: RegistrationOutcome): boolean {
    const wanted = expiresSeconds > 0 ? expiresSeconds : this.#expiresSeconds * 2;
    const { maxExpiresSeconds } = REGISTRATION_TIMING;
    if (wanted <= this.#expiresSeconds || wanted > maxExpiresSeconds) return false;
    this.#expiresSeconds = wanted;
    return true;
  }

  #fail(outcome: RegistrationOutcome, now: MonotonicMs): void {
    const { status, reason } = outcome;
    this.#failures += 1;
    this.#refusals = REFUSALS.has(status) ? this.#refusals + 1 : 0;
    const isRefused = this.#refusals >= REFUSALS_TO_REFUSED;
    this.#plan(this.#retryMs(outcome, isRefused), now);
    if (isRefused) this.#enter('refused', reasonText(status, reason), now);
    // What was granted before still holds.
    else if (this.#expiresMs === undefined || this.#refusals > 0) {
      this.#enter('failed', reasonText(status, reason), now);
    }
  }

  #retryMs({ retryAfterSeconds = 0 }: RegistrationOutcome, isRefused: boolean): number {
    const { retryFirstMs, retryMaxMs, maxRetryAfterMs } = REGISTRATION_TIMING;
    const doubled = retryFirstMs * 2 ** Math.min(this.#failures - 1, 10);
    const upperMs = isRefused ? retryMaxMs : Math.min(doubled, retryMaxMs);
    const spreadMs = upperMs * (0.5 + 0.5 * this.#options.random());
    return Math.max(spreadMs, Math.min(retryAfterSeconds * 1_000, maxRetryAfterMs));
  }

  #handleNetwork(now: MonotonicMs): void {
    if (this.#isClosing) return;
    this.#isStale = this.#isWaiting;
    if (this.#isWaiting) return;
    this.#failures = 0;
    const sinceMs = this.#lastSentMs === undefined ? Number.MAX_VALUE : now - this.#lastSentMs;
    this.#plan(Math.max(0, REGISTRATION_TIMING.networkPauseMs - sinceMs), now);
  }

  /** Only what the registrar may still know is taken back. */
  #beginClose(now: MonotonicMs): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#timers.stopAll();
    if (this.#expiresMs === undefined && !this.#isWaiting) {
      this.#end(now);
      return;
    }
    this.#send(0, now);
    this.#timers.stop('attempt-limit');
    this.#timers.set('close-limit', after(now, REGISTRATION_TIMING.closeLimitMs));
  }

  #end(now: MonotonicMs): void {
    this.#timers.stopAll();
    this.#expiresMs = undefined;
    this.#nextMs = undefined;
    this.#enter('closed', 'closed', now);
  }

  #plan(delayMs: number, now: MonotonicMs): void {
    this.#nextMs = after(now, delayMs);
    this.#timers.set('register', this.#nextMs);
  }

  #enter(state: RegistrationState, reason: string, now: MonotonicMs): void {
    this.#reason = reason;
    if (state === this.#state) return;
    this.#state = state;
    this.#sinceMs = now;
    this.#outputs.push({ type: 'changed', state, reason });
  }
}
