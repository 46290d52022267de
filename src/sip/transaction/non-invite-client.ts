import { assertNever } from '../../core/invariant.ts';
import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';
import type { TransactionOptions } from './timers.ts';

export type NonInviteClientInput =
  | { readonly type: 'response'; readonly statusCode: number }
  | { readonly type: 'transport-error' };

export type NonInviteClientOutput =
  | { readonly type: 'send-request'; readonly isRetransmission: boolean }
  | { readonly type: 'response'; readonly statusCode: number }
  | { readonly type: 'failed'; readonly cause: 'timeout' | 'transport-error' }
  | { readonly type: 'terminated' };

type State =
  | { readonly name: 'trying'; readonly retransmitAfterMs: number }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' };

/**
 * Non-INVITE client transaction, RFC 3261 section 17.1.2.
 *
 * | state      | 1xx        | final     | timer              | transport error |
 * | ---------- | ---------- | --------- | ------------------ | --------------- |
 * | trying     | proceeding | completed | E: resend, F: fail | fail            |
 * | proceeding | stay       | completed | E: resend, F: fail | fail            |
 * | completed  | -          | -         | K: terminated      | -               |
 */
export class NonInviteClientTransaction {
  readonly #options: TransactionOptions;
  readonly #timers = new TimerTable<'E' | 'F' | 'K'>();
  readonly #outputs: NonInviteClientOutput[] = [];
  #state: State;

  constructor(options: TransactionOptions, now: MonotonicMs) {
    this.#options = options;
    this.#state = { name: 'trying', retransmitAfterMs: options.t1Ms };
    this.#outputs.push({ type: 'send-request', isRetransmission: false });
    this.#timers.set('F', after(now, 64 * options.t1Ms));
    if (!options.reliableTransport) this.#timers.set('E', after(now, options.t1Ms));
  }

  get state(): State['name'] {
    return this.#state.name;
  }

  handleInput(input: NonInviteClientInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'response':
        this.#handleResponse(input.statusCode, now);
        return;
      case 'transport-error':
        if (this.#state.name !== 'completed') this.#fail('transport-error');
        return;
      default:
        assertNever(input);
    }
  }

  handleTimeout(now: MonotonicMs): void {
    for (let name = this.#timers.takeDue(now); name; name = this.#timers.takeDue(now)) {
      if (name === 'E') this.#retransmit(now);
      else if (name === 'F') this.#fail('timeout');
      else this.#terminate();
    }
  }

  pollOutput(): NonInviteClientOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #handleResponse(statusCode: number, now: MonotonicMs): void {
    if (this.#state.name !== 'trying' && this.#state.name !== 'proceeding') return;
    this.#outputs.push({ type: 'response', statusCode });
    if (statusCode < 200) {
      this.#state = { name: 'proceeding' };
      return;
    }
    this.#state = { name: 'completed' };
    this.#timers.stopAll();
    this.#timers.set('K', after(now, this.#options.reliableTransport ? 0 : this.#options.t4Ms));
  }

  #retransmit(now: MonotonicMs): void {
    const { t2Ms } = this.#options;
    let retransmitAfterMs = t2Ms;
    if (this.#state.name === 'trying') {
      retransmitAfterMs = Math.min(2 * this.#state.retransmitAfterMs, t2Ms);
      this.#state = { name: 'trying', retransmitAfterMs };
    }
    this.#outputs.push({ type: 'send-request', isRetransmission: true });
    this.#timers.set('E', after(now, retransmitAfterMs));
  }

  #fail(cause: 'timeout' | 'transport-error'): void {
    if (this.#state.name === 'terminated') return;
    this.#outputs.push({ type: 'failed', cause });
    this.#terminate();
  }

  #terminate(): void {
    this.#state = { name: 'terminated' };
    this.#timers.stopAll();
    this.#outputs.push({ type: 'terminated' });
  }
}
