import { assertNever } from '../../core/invariant.ts';
import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';
import type { TransactionOptions } from './timers.ts';

export type NonInviteServerInput =
  | { readonly type: 'retransmission' }
  | { readonly type: 'respond'; readonly statusCode: number };

export type NonInviteServerOutput =
  | { readonly type: 'send-response'; readonly isRetransmission: boolean }
  | { readonly type: 'terminated' };

/**
 * Non-INVITE server transaction, RFC 3261 section 17.2.2.
 *
 * | state      | request again | 1xx        | final     | timer         |
 * | ---------- | ------------- | ---------- | --------- | ------------- |
 * | trying     | -             | proceeding | completed | -             |
 * | proceeding | resend        | send       | completed | -             |
 * | completed  | resend        | -          | -         | J: terminated |
 */
export class NonInviteServerTransaction {
  readonly #options: TransactionOptions;
  readonly #timers = new TimerTable<'J'>();
  readonly #outputs: NonInviteServerOutput[] = [];
  #state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';

  constructor(options: TransactionOptions) {
    this.#options = options;
  }

  get state(): 'trying' | 'proceeding' | 'completed' | 'terminated' {
    return this.#state;
  }

  handleInput(input: NonInviteServerInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'retransmission':
        if (this.#state === 'proceeding' || this.#state === 'completed') {
          this.#outputs.push({ type: 'send-response', isRetransmission: true });
        }
        return;
      case 'respond':
        if (this.#state === 'trying' || this.#state === 'proceeding') {
          this.#respond(input.statusCode, now);
        }
        return;
      default:
        assertNever(input);
    }
  }

  handleTimeout(now: MonotonicMs): void {
    if (this.#timers.takeDue(now) === undefined) return;
    this.#state = 'terminated';
    this.#outputs.push({ type: 'terminated' });
  }

  pollOutput(): NonInviteServerOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #respond(statusCode: number, now: MonotonicMs): void {
    const { t1Ms, reliableTransport } = this.#options;
    this.#outputs.push({ type: 'send-response', isRetransmission: false });
    this.#state = statusCode < 200 ? 'proceeding' : 'completed';
    if (statusCode >= 200) this.#timers.set('J', after(now, reliableTransport ? 0 : 64 * t1Ms));
  }
}
