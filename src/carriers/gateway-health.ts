import { after, type MonotonicMs } from '../core/time.ts';
import { TimerTable } from '../core/timer-table.ts';
import { reasonText } from './reason-text.ts';

export type GatewayState = 'unknown' | 'up' | 'down';

/** An answer of SIP, or of our own server when none came: 408 for silence, 503 when nothing could be sent. */
export interface SipResult {
  readonly status: number;
  readonly reason: string;
}

export type HealthInput =
  | ({ readonly type: 'ping-result'; readonly pingId: number; readonly rttMs: number } & SipResult)
  | ({ readonly type: 'call-result' } & SipResult);

export type HealthOutput =
  | { readonly type: 'ping'; readonly pingId: number; readonly timeoutMs: number }
  | { readonly type: 'changed'; readonly state: GatewayState; readonly reason: string };

export interface HealthOptions {
  readonly sendsPings: boolean;
  /** From 0 to below 1: spreads the pings of many gateways. */
  readonly random: () => number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** After a first failure or a first success that would change the state, the next ping is not waited for as long. */
  readonly confirmAfterMs: number;
  readonly failuresToDown: number;
  readonly successesToUp: number;
  /** Without pings: how long nothing is sent before a call may try again. */
  readonly coolDownMs: number;
}

/** With these a gateway that dies is down within 23 s at the latest: 11 + 4 + 2.2 + 4. */
export const DEFAULT_HEALTH = Object.freeze({
  sendsPings: true,
  pingIntervalMs: 10_000,
  pingTimeoutMs: 4_000,
  confirmAfterMs: 2_000,
  failuresToDown: 2,
  successesToUp: 2,
  coolDownMs: 30_000,
} as const satisfies Partial<HealthOptions>);

export interface HealthSnapshot {
  readonly state: GatewayState;
  readonly sinceMs: MonotonicMs;
  /** Of the last change. */
  readonly reason: string;
  readonly lastPing?: {
    readonly atMs: MonotonicMs;
    readonly rttMs: number;
    readonly status: number;
  };
}

const FIRST_PING_WITHIN_MS = 1_000;
/** Share of an interval that chance adds or takes. */
const JITTER = 0.1;
/** How long after its own time limit a ping counts as lost. */
const PING_GRACE_MS = 1_000;
/** A gateway that drains or cannot be reached; every other answer comes from somebody who is there. */
const DEAD_STATUSES: ReadonlySet<number> = new Set([408, 503]);

type Timer = 'ping' | 'ping-lost' | 'cool-down';

/**
 * Whether one gateway answers, by OPTIONS (RFC 3261 section 11) and by what becomes of calls.
 *
 * | state   | success                         | failure                        | cool-down |
 * | ------- | ------------------------------- | ------------------------------ | --------- |
 * | unknown | up                              | `failuresToDown` in a row: down | -        |
 * | up      | up                              | `failuresToDown` in a row: down | -        |
 * | down    | `successesToUp` in a row: up    | down                           | unknown, one failure from down |
 */
export class GatewayHealth {
  readonly #options: HealthOptions;
  readonly #timers = new TimerTable<Timer>();
  readonly #outputs: HealthOutput[] = [];
  #state: GatewayState = 'unknown';
  #sinceMs: MonotonicMs;
  #reason = 'not asked yet';
  #failures = 0;
  #successes = 0;
  #pingId = 0;
  #lastPing: HealthSnapshot['lastPing'];

  constructor(options: HealthOptions, now: MonotonicMs) {
    this.#options = options;
    this.#sinceMs = now;
    if (options.sendsPings) {
      this.#timers.set('ping', after(now, options.random() * FIRST_PING_WITHIN_MS));
    }
  }

  get snapshot(): HealthSnapshot {
    const lastPing = this.#lastPing;
    const known = { state: this.#state, sinceMs: this.#sinceMs, reason: this.#reason };
    return lastPing === undefined ? known : { ...known, lastPing };
  }

  handleInput(input: HealthInput, now: MonotonicMs): void {
    if (input.type === 'call-result') {
      this.#count(input, now);
      return;
    }
    // The answer to a ping that was given up.
    if (input.pingId !== this.#pingId || !this.#isPinging) return;
    this.#lastPing = { atMs: now, rttMs: input.rttMs, status: input.status };
    this.#timers.stop('ping-lost');
    this.#count(input, now);
    this.#planPing(now);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let timer = this.#timers.takeDue(now); timer; timer = this.#timers.takeDue(now)) {
      if (timer === 'ping') this.#ping(now);
      else if (timer === 'ping-lost') {
        this.#count({ status: 408, reason: 'no answer to OPTIONS' }, now);
        this.#planPing(now);
      } else this.#enter('unknown', 'a call may try again', now);
    }
  }

  pollOutput(): HealthOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #isPinging = false;

  #ping(now: MonotonicMs): void {
    const { pingTimeoutMs } = this.#options;
    this.#pingId += 1;
    this.#isPinging = true;
    this.#timers.set('ping-lost', after(now, pingTimeoutMs + PING_GRACE_MS));
    this.#outputs.push({ type: 'ping', pingId: this.#pingId, timeoutMs: pingTimeoutMs });
  }

  #planPing(now: MonotonicMs): void {
    const { pingIntervalMs, confirmAfterMs, random } = this.#options;
    this.#isPinging = false;
    const isUndecided =
      (this.#state !== 'down' && this.#failures > 0) ||
      (this.#state === 'down' && this.#successes > 0);
    const delayMs = isUndecided ? confirmAfterMs : pingIntervalMs;
    this.#timers.set('ping', after(now, delayMs * (1 - JITTER + 2 * JITTER * random())));
  }

  #count({ status, reason }: SipResult, now: MonotonicMs): void {
    const { failuresToDown, successesToUp } = this.#options;
    if (DEAD_STATUSES.has(status)) {
      this.#successes = 0;
      this.#failures += 1;
      if (this.#failures >= failuresToDown) this.#enter('down', reasonText(status, reason), now);
      return;
    }
    this.#failures = 0;
    this.#successes += 1;
    if (this.#state !== 'down' || this.#successes >= successesToUp) {
      this.#enter('up', reasonText(status, reason), now);
    }
  }

  #enter(state: GatewayState, reason: string, now: MonotonicMs): void {
    const { sendsPings, coolDownMs, failuresToDown } = this.#options;
    if (state === 'down' && !sendsPings) this.#timers.set('cool-down', after(now, coolDownMs));
    if (state === 'unknown') this.#failures = failuresToDown - 1;
    if (state === 'up') this.#timers.stop('cool-down');
    if (state === this.#state) return;
    if (state === 'down') this.#successes = 0;
    this.#state = state;
    this.#sinceMs = now;
    this.#reason = reason;
    this.#outputs.push({ type: 'changed', state, reason });
  }
}
