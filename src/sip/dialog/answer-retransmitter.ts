import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';
import type { TransactionOptions } from '../transaction/timers.ts';

export type AnswerOutput = { readonly type: 'send-answer' } | { readonly type: 'unacknowledged' };

/**
 * Repeats a 2xx to INVITE until its ACK comes (RFC 3261 section 13.3.1.4): at T1, doubling up to T2, for 64*T1. The driver
 * drops it when the ACK comes; the first sending is the transaction's.
 */
export class AnswerRetransmitter {
  readonly #options: TransactionOptions;
  readonly #timers = new TimerTable<'G' | 'H'>();
  #retransmitAfterMs: number;

  constructor(options: TransactionOptions, now: MonotonicMs) {
    this.#options = options;
    this.#retransmitAfterMs = options.t1Ms;
    this.#timers.set('H', after(now, 64 * options.t1Ms));
    if (!options.reliableTransport) this.#timers.set('G', after(now, options.t1Ms));
  }

  /** What is due at `now`, or undefined. */
  handleTimeout(now: MonotonicMs): AnswerOutput | undefined {
    const name = this.#timers.takeDue(now);
    if (name === undefined) return undefined;
    if (name === 'H') {
      this.#timers.stopAll();
      return { type: 'unacknowledged' };
    }
    this.#retransmitAfterMs = Math.min(2 * this.#retransmitAfterMs, this.#options.t2Ms);
    this.#timers.set('G', after(now, this.#retransmitAfterMs));
    return { type: 'send-answer' };
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }
}
