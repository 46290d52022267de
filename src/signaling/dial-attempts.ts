import { assertNever } from '../core/invariant.ts';
import { after, type MonotonicMs } from '../core/time.ts';
import { type DialFailure, isRedirect, mostTelling, movesOn } from './dial-failure.ts';
import type { DialTarget, SipAnswer } from './signaling.ts';

/** Followed in one call, however many responses ask for it (RFC 3261 section 8.1.3.4 has no number). */
const MAX_REDIRECTS = 5;
/** After a CANCEL, how long its outcome is waited for: a silent gateway's comes with the end of the transaction, 32 s on. */
const CANCEL_PATIENCE_MS = 2_000;
const TERMINATED: DialFailure = { status: 487, reason: 'Request Terminated', isOurs: true };
const RINGING = 180;
const REQUEST_TIMEOUT = 408;
const UNAVAILABLE = 503;

export interface DialAttemptsOptions {
  /** In order of preference. */
  readonly targets: readonly DialTarget[];
  /** What no targets at all come to. */
  readonly noTarget?: SipAnswer | undefined;
  /** A target that says nothing for this long is left, unless it is the last. */
  readonly patienceMs: number;
}

/** `attempt` numbers those of one call from 0. What is said of another than the present one is ignored. */
export type DialAttemptsInput =
  | { readonly type: 'provisional'; readonly attempt: number; readonly status: number }
  | { readonly type: 'answered'; readonly attempt: number }
  | { readonly type: 'failed'; readonly attempt: number; readonly failure: DialFailure }
  | { readonly type: 'cancel' };

export type DialAttemptsOutput =
  | {
      readonly type: 'attempt';
      readonly attempt: number;
      readonly target: DialTarget;
      /** Of the target before it: it has the same slot. */
      readonly isRedirect: boolean;
    }
  /** CANCEL; BYE when it is answered all the same. */
  | { readonly type: 'abandon'; readonly attempt: number }
  | {
      readonly type: 'report';
      readonly target: DialTarget;
      readonly failure: DialFailure;
      readonly elapsedMs: number;
    }
  | { readonly type: 'answered'; readonly attempt: number }
  | { readonly type: 'failed'; readonly failure: DialFailure };

interface Way {
  readonly target: DialTarget;
  readonly isRedirect: boolean;
}

interface Trying extends Way {
  readonly name: 'trying';
  readonly attempt: number;
  readonly startedAt: MonotonicMs;
  /** Undefined once it said something. */
  readonly leaveAt: MonotonicMs | undefined;
  readonly hasRung: boolean;
}

type State =
  | Trying
  | { readonly name: 'cancelling'; readonly attempt: number; readonly leaveAt: MonotonicMs }
  | { readonly name: 'over' };

/**
 * One call over several ways, one after the other.
 *
 * | state      | provisional | answered       | failed                            | silence             | cancel               |
 * | ---------- | ----------- | -------------- | --------------------------------- | ------------------- | -------------------- |
 * | trying     | wait for it | answered: over | next way: trying, or failed: over | abandon, next way   | abandon: cancelling  |
 * | cancelling | -           | -              | failed: over                      | failed 487: over    | -                    |
 * | over       | -           | -              | -                                 | -                   | -                    |
 *
 * Feed one input, then drain {@link pollOutput} before the next one.
 */
export class DialAttempts {
  readonly #patienceMs: number;
  readonly #ways: Way[];
  readonly #noTarget: SipAnswer;
  readonly #failures: DialFailure[] = [];
  readonly #outputs: DialAttemptsOutput[] = [];
  #state: State = { name: 'over' };
  #attempts = 0;
  #redirects = 0;

  constructor({ targets, patienceMs, noTarget }: DialAttemptsOptions, now: MonotonicMs) {
    this.#noTarget = noTarget ?? { status: UNAVAILABLE, reason: 'no target' };
    this.#patienceMs = patienceMs;
    this.#ways = targets.map((target) => ({ target, isRedirect: false }));
    this.#tryNext(now);
  }

  handleInput(input: DialAttemptsInput, now: MonotonicMs): void {
    const state = this.#state;
    if (state.name === 'over') return;
    if (input.type === 'cancel') {
      if (state.name === 'trying') this.#cancel(state, now);
      return;
    }
    if (input.attempt !== state.attempt) return;
    if (state.name === 'trying') this.#handleNews(state, input, now);
    else if (input.type === 'failed') this.#fail(input.failure);
  }

  handleTimeout(now: MonotonicMs): void {
    const state = this.#state;
    if (state.name === 'cancelling' && state.leaveAt <= now) this.#fail(TERMINATED);
    if (state.name !== 'trying' || state.leaveAt === undefined || state.leaveAt > now) return;
    this.#outputs.push({ type: 'abandon', attempt: state.attempt });
    const reason = 'no response in time';
    this.#handleFailure(state, { status: REQUEST_TIMEOUT, reason, isOurs: true }, now);
  }

  pollOutput(): DialAttemptsOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#state.name === 'over' ? undefined : this.#state.leaveAt;
  }

  #handleNews(
    state: Trying,
    input: Exclude<DialAttemptsInput, { readonly type: 'cancel' }>,
    now: MonotonicMs,
  ): void {
    switch (input.type) {
      case 'provisional': {
        const hasRung = state.hasRung || input.status >= RINGING;
        this.#state = { ...state, leaveAt: undefined, hasRung };
        return;
      }
      case 'answered':
        this.#state = { name: 'over' };
        this.#outputs.push({ type: 'answered', attempt: input.attempt });
        return;
      case 'failed':
        this.#handleFailure(state, input.failure, now);
        return;
      default:
        assertNever(input);
    }
  }

  #handleFailure(state: Trying, failure: DialFailure, now: MonotonicMs): void {
    const { target, hasRung, startedAt } = state;
    this.#outputs.push({ type: 'report', target, failure, elapsedMs: now - startedAt });
    this.#failures.push(failure);
    if (isRedirect(failure.status)) this.#follow(failure.redirects ?? []);
    if (movesOn(failure, hasRung) || this.#hasOtherContact(failure)) this.#tryNext(now);
    else this.#fail(failure);
  }

  /** The called party may be at another of the addresses that one gateway named. */
  #hasOtherContact({ status, wasAnswered }: DialFailure): boolean {
    return this.#ways[0]?.isRedirect === true && status < 600 && wasAnswered !== true;
  }

  #follow(targets: readonly DialTarget[]): void {
    const followed = targets.slice(0, MAX_REDIRECTS - this.#redirects);
    this.#redirects += followed.length;
    this.#ways.unshift(...followed.map((target) => ({ target, isRedirect: true })));
  }

  #tryNext(now: MonotonicMs): void {
    const way = this.#ways.shift();
    if (way === undefined) {
      const none = { ...this.#noTarget, isOurs: true };
      this.#fail(mostTelling(this.#failures) ?? none);
      return;
    }
    const attempt = this.#attempts++;
    const leaveAt = this.#ways.length === 0 ? undefined : after(now, this.#patienceMs);
    this.#state = { name: 'trying', ...way, attempt, startedAt: now, leaveAt, hasRung: false };
    this.#outputs.push({ type: 'attempt', attempt, ...way });
  }

  #cancel({ attempt }: Trying, now: MonotonicMs): void {
    this.#state = { name: 'cancelling', attempt, leaveAt: after(now, CANCEL_PATIENCE_MS) };
    this.#outputs.push({ type: 'abandon', attempt });
  }

  #fail(failure: DialFailure): void {
    this.#state = { name: 'over' };
    this.#outputs.push({ type: 'failed', failure });
  }
}
