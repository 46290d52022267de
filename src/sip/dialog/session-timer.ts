import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';

/** What both sides agreed on in a 2xx. */
export interface SessionTerms {
  readonly intervalSeconds: number;
  readonly refresher: 'us' | 'peer';
}

export type SessionTimerOutput =
  /** Send a re-INVITE or an UPDATE now. */
  | { readonly type: 'refresh' }
  /** Nobody refreshed in time: end the dialog. */
  | { readonly type: 'session-expired' };

/** RFC 4028 section 10: the BYE leaves this long before the session expires, or a third of the interval when that is less. */
const MAX_EXPIRY_MARGIN_SECONDS = 32;

/**
 * The session timer of one dialog, RFC 4028 section 10. The driver tells it of every refresh that succeeded, whoever sent it.
 *
 * | event                     | us refreshing                         | peer refreshing      |
 * | ------------------------- | ------------------------------------- | -------------------- |
 * | refreshed                 | refresh at half, expire before the end | expire before the end |
 * | half of the interval      | refresh                               | -                    |
 * | margin before the end     | session-expired                       | session-expired      |
 */
export class SessionTimer {
  readonly #timers = new TimerTable<'refresh' | 'expire'>();
  #terms: SessionTerms;

  constructor(terms: SessionTerms, now: MonotonicMs) {
    this.#terms = terms;
    this.refreshed(terms, now);
  }

  get terms(): SessionTerms {
    return this.#terms;
  }

  /** A 2xx to a session refresh request, with what it agreed on. */
  refreshed(terms: SessionTerms, now: MonotonicMs): void {
    const { intervalSeconds, refresher } = terms;
    this.#terms = terms;
    this.#timers.stopAll();
    const margin = Math.min(MAX_EXPIRY_MARGIN_SECONDS, intervalSeconds / 3);
    this.#timers.set('expire', after(now, (intervalSeconds - margin) * 1_000));
    if (refresher === 'us') this.#timers.set('refresh', after(now, intervalSeconds * 500));
  }

  /** Our refresh was refused, or could not be sent now. */
  retry(delayMs: number, now: MonotonicMs): void {
    this.#timers.set('refresh', after(now, delayMs));
  }

  /** The peer wants longer intervals (422): the next refresh asks for this. */
  lengthen(intervalSeconds: number): void {
    this.#terms = { ...this.#terms, intervalSeconds };
  }

  handleTimeout(now: MonotonicMs): SessionTimerOutput | undefined {
    const name = this.#timers.takeDue(now);
    if (name === undefined) return undefined;
    if (name === 'refresh') return { type: 'refresh' };
    this.#timers.stopAll();
    return { type: 'session-expired' };
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }
}
