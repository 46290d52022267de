import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';
import type { Endpoint } from '../endpoint.ts';
import type { SipResponse } from '../message/sip-message.ts';
import type { RAck } from '../rack.ts';

/** A reliable 1xx as it goes, or will go, onto the wire. */
export interface Provisional {
  readonly responseSequence: number;
  readonly response: SipResponse;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  /** A 2xx may not overtake it (RFC 3262 section 3). */
  readonly hasSdp: boolean;
}

export type ProvisionalOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array; readonly to: Endpoint }
  | { readonly type: 'provisional-unacknowledged' };

export interface ProvisionalsOptions {
  readonly t1Ms: number;
  /** CSeq of the INVITE. */
  readonly requestSequence: number;
  /** RSeq of the first one: a random number of 31 bits. */
  readonly firstResponseSequence: number;
}

/** Responses of one INVITE that wait for the PRACK of an earlier one, at most. */
const MAX_WAITING_PROVISIONALS = 8;

/**
 * The reliable provisional responses to one INVITE, RFC 3262 section 3: one at a time is unacknowledged and repeated at T1, 2*T1,
 * 4*T1 and so on over any transport, for 64*T1. The driver sends what `add` and `acknowledge` return.
 *
 * | state          | add   | PRACK                       | final answer | timer                            |
 * | -------------- | ----- | --------------------------- | ------------ | -------------------------------- |
 * | idle           | send  | -                           | over         | -                                |
 * | unacknowledged | queue | send the next one, or idle  | over         | repeat; 64*T1: unacknowledged    |
 * | over           | -     | of the last one still known | -            | -                                |
 */
export class ReliableProvisionals {
  readonly #options: ProvisionalsOptions;
  readonly #timers = new TimerTable<'repeat' | 'give-up'>();
  readonly #waiting: Provisional[] = [];
  #current: Provisional | undefined;
  #repeatAfterMs: number;
  #nextSequence: number;
  #hasSentSdp = false;

  constructor(options: ProvisionalsOptions) {
    this.#options = options;
    this.#repeatAfterMs = options.t1Ms;
    this.#nextSequence = options.firstResponseSequence;
  }

  get requestSequence(): number {
    return this.#options.requestSequence;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING_PROVISIONALS;
  }

  /** A 2xx has to wait: an offer or answer is still unacknowledged. */
  get holdsAnswer(): boolean {
    return this.#current?.hasSdp === true || this.#waiting.some((each) => each.hasSdp);
  }

  /** One with SDP was sent: the offer of the INVITE is answered. */
  get hasSentSdp(): boolean {
    return this.#hasSentSdp;
  }

  takeSequence(): number {
    return this.#nextSequence++;
  }

  /** True when it is to be sent now, false when it waits for an earlier one. */
  add(provisional: Provisional, now: MonotonicMs): boolean {
    if (this.#current !== undefined) {
      this.#waiting.push(provisional);
      return false;
    }
    this.#start(provisional, now);
    return true;
  }

  isAwaited(rack: RAck): boolean {
    return (
      rack.method === 'INVITE' &&
      rack.requestSequence === this.#options.requestSequence &&
      rack.responseSequence === this.#current?.responseSequence
    );
  }

  /** The current one is acknowledged; returns the next one, to be sent now. */
  acknowledge(now: MonotonicMs): Provisional | undefined {
    this.#timers.stopAll();
    this.#current = undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#start(next, now);
    return next;
  }

  /** The INVITE has its final answer: nothing more is sent, the last one may still be acknowledged. */
  stop(): void {
    this.#timers.stopAll();
    this.#waiting.length = 0;
  }

  handleTimeout(now: MonotonicMs): ProvisionalOutput | undefined {
    const name = this.#timers.takeDue(now);
    if (name === undefined || this.#current === undefined) return undefined;
    if (name === 'give-up') {
      this.stop();
      return { type: 'provisional-unacknowledged' };
    }
    this.#repeatAfterMs *= 2;
    this.#timers.set('repeat', after(now, this.#repeatAfterMs));
    return { type: 'send', bytes: this.#current.bytes, to: this.#current.to };
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #start(provisional: Provisional, now: MonotonicMs): void {
    const { t1Ms } = this.#options;
    this.#current = provisional;
    this.#hasSentSdp ||= provisional.hasSdp;
    this.#repeatAfterMs = t1Ms;
    this.#timers.set('give-up', after(now, 64 * t1Ms));
    this.#timers.set('repeat', after(now, t1Ms));
  }
}
