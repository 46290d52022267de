import { assertNever } from '../../core/invariant.ts';
import { after, type MonotonicMs } from '../../core/time.ts';
import { TimerTable } from '../../core/timer-table.ts';
import type { TransactionOptions } from './timers.ts';

export type InviteServerInput =
  /** The INVITE again. */
  | { readonly type: 'retransmission' }
  | { readonly type: 'ack' }
  /** The user answers; the driver keeps the bytes of the latest answer. */
  | { readonly type: 'respond'; readonly statusCode: number };

export type InviteServerOutput =
  /** Send the latest answer, for the first time or again. */
  | { readonly type: 'send-response'; readonly isRetransmission: boolean }
  | { readonly type: 'terminated' };

type State =
  | { readonly name: 'proceeding'; readonly hasResponse: boolean }
  | { readonly name: 'completed'; readonly retransmitAfterMs: number }
  | { readonly name: 'confirmed' }
  | { readonly name: 'accepted' }
  | { readonly name: 'terminated' };

/**
 * INVITE server transaction, RFC 3261 section 17.2.1 as amended by RFC 6026 section 7.1. Retransmitting a 2xx until its ACK
 * is the dialog's work (section 13.3.1.4), not done here.
 *
 * | state      | INVITE again | 1xx  | 2xx      | 3xx-6xx   | ACK       | timer                    |
 * | ---------- | ------------ | ---- | -------- | --------- | --------- | ------------------------ |
 * | proceeding | resend       | send | accepted | completed | -         | -                        |
 * | completed  | resend       | -    | -        | -         | confirmed | G: resend, H: terminated |
 * | confirmed  | -            | -    | -        | -         | -         | I: terminated            |
 * | accepted   | -            | -    | -        | -         | -         | L: terminated            |
 */
export class InviteServerTransaction {
  readonly #options: TransactionOptions;
  readonly #timers = new TimerTable<'G' | 'H' | 'I' | 'L'>();
  readonly #outputs: InviteServerOutput[] = [];
  #state: State = { name: 'proceeding', hasResponse: false };

  constructor(options: TransactionOptions) {
    this.#options = options;
  }

  get state(): State['name'] {
    return this.#state.name;
  }

  handleInput(input: InviteServerInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'retransmission':
        this.#repeat();
        return;
      case 'ack':
        if (this.#state.name === 'completed') this.#confirm(now);
        return;
      case 'respond':
        if (this.#state.name === 'proceeding') this.#respond(input.statusCode, now);
        return;
      default:
        assertNever(input);
    }
  }

  handleTimeout(now: MonotonicMs): void {
    for (let name = this.#timers.takeDue(now); name; name = this.#timers.takeDue(now)) {
      if (name === 'G') this.#retransmit(now);
      else this.#terminate();
    }
  }

  pollOutput(): InviteServerOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#timers.nextDeadline();
  }

  #repeat(): void {
    const state = this.#state;
    const repeats = state.name === 'proceeding' ? state.hasResponse : state.name === 'completed';
    if (repeats) this.#outputs.push({ type: 'send-response', isRetransmission: true });
  }

  #respond(statusCode: number, now: MonotonicMs): void {
    const { t1Ms, reliableTransport } = this.#options;
    this.#outputs.push({ type: 'send-response', isRetransmission: false });
    if (statusCode < 200) {
      this.#state = { name: 'proceeding', hasResponse: true };
    } else if (statusCode < 300) {
      this.#state = { name: 'accepted' };
      this.#timers.set('L', after(now, 64 * t1Ms));
    } else {
      this.#state = { name: 'completed', retransmitAfterMs: t1Ms };
      this.#timers.set('H', after(now, 64 * t1Ms));
      if (!reliableTransport) this.#timers.set('G', after(now, t1Ms));
    }
  }

  #retransmit(now: MonotonicMs): void {
    if (this.#state.name !== 'completed') return;
    const retransmitAfterMs = Math.min(2 * this.#state.retransmitAfterMs, this.#options.t2Ms);
    this.#state = { name: 'completed', retransmitAfterMs };
    this.#outputs.push({ type: 'send-response', isRetransmission: true });
    this.#timers.set('G', after(now, retransmitAfterMs));
  }

  #confirm(now: MonotonicMs): void {
    this.#state = { name: 'confirmed' };
    this.#timers.stopAll();
    this.#timers.set('I', after(now, this.#options.reliableTransport ? 0 : this.#options.t4Ms));
  }

  #terminate(): void {
    this.#state = { name: 'terminated' };
    this.#timers.stopAll();
    this.#outputs.push({ type: 'terminated' });
  }
}
