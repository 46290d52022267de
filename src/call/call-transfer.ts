import type { MonotonicMs } from '../core/time.ts';
import type { CallInput, CallOutput, TransferCommand } from './call-io.ts';
import type { TransferRequest } from './transfer-request.ts';

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'dialing'; readonly request: TransferRequest }
  | {
      readonly name: 'referring';
      readonly request: TransferRequest;
      readonly hasSecondLeg: boolean;
      readonly isAccepted: boolean;
    }
  | { readonly name: 'bridged'; readonly request: TransferRequest }
  /** The second leg is told to go. */
  | { readonly name: 'releasing' };

const OK = 200;

/**
 * One transfer at a time.
 *
 * | state     | request                     | second leg answered               | second leg failed, ended | REFER 2xx       | REFER final 2xx | REFER other       |
 * | --------- | --------------------------- | --------------------------------- | ------------------------ | --------------- | --------------- | ----------------- |
 * | idle      | blind: referring; else dialing | -                              | -                        | -               | -               | -                 |
 * | dialing   | -                           | bridge: bridged; attended: referring | idle, failed          | -               | -               | -                 |
 * | referring | -                           | -                                 | stays: the peer took it over | accepted    | transferred     | idle or releasing |
 * | bridged   | -                           | -                                 | idle: back to the agent  | -               | -               | -                 |
 * | releasing | -                           | -                                 | idle                     | -               | -               | -                 |
 */
export class CallTransfer {
  #state: State = { name: 'idle' };
  readonly #outputs: CallOutput[] = [];
  #isTransferred = false;

  get isIdle(): boolean {
    return this.#state.name === 'idle';
  }

  get isBridged(): boolean {
    return this.#state.name === 'bridged';
  }

  /** The peer was asked to go and said that it will: its BYE is the transfer. */
  get isExpectingBye(): boolean {
    return this.#state.name === 'referring' && this.#state.isAccepted;
  }

  /** The peer has gone where it was sent. */
  get isTransferred(): boolean {
    return this.#isTransferred;
  }

  pollOutput(): CallOutput | undefined {
    return this.#outputs.shift();
  }

  handleInput(input: CallInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'transfer':
        if (this.isIdle) this.#begin(input.request, now);
        break;
      case 'refer-progress':
        this.#handleProgress(input.sipStatus, input.sipReason, now);
        break;
      case 'refer-ended':
        this.#handleOutcome(input.sipStatus, input.sipReason, now);
        break;
      case 'second-leg':
        this.#handleSecondLeg(input, now);
        break;
      default:
    }
  }

  /** The call ends: so does the second leg. */
  end(reason: string, now: MonotonicMs): void {
    const state = this.#state;
    if (state.name === 'idle' || state.name === 'releasing') return;
    if (state.name === 'bridged') this.#report(state.request, { state: 'ended' }, now);
    else if (!this.#isTransferred) this.#report(state.request, { state: 'failed' }, now);
    const hasSecondLeg = state.name !== 'referring' || state.hasSecondLeg;
    this.#release(hasSecondLeg, reason);
  }

  #begin(request: TransferRequest, now: MonotonicMs): void {
    this.#report(request, { state: 'started' }, now);
    if (request.mode === 'blind') {
      this.#state = { name: 'referring', request, hasSecondLeg: false, isAccepted: false };
      this.#push({ type: 'refer', to: request.to });
      return;
    }
    this.#state = { name: 'dialing', request };
    this.#push({ type: 'second-leg-dial', to: request.to });
  }

  #handleProgress(sipStatus: number, sipReason: string, now: MonotonicMs): void {
    if (this.#state.name !== 'referring') return;
    const { request } = this.#state;
    this.#state = { ...this.#state, isAccepted: true };
    this.#report(request, { state: 'progress', sipStatus, sipReason }, now);
  }

  #handleOutcome(sipStatus: number, sipReason: string, now: MonotonicMs): void {
    if (this.#state.name !== 'referring') return;
    const { request, hasSecondLeg } = this.#state;
    this.#isTransferred = sipStatus < 300;
    const state = this.#isTransferred ? 'completed' : 'failed';
    this.#report(request, { state, sipStatus, sipReason }, now);
    if (!this.#isTransferred) this.#release(hasSecondLeg, 'Q.850;cause=31;text="Transfer failed"');
  }

  #handleSecondLeg(input: Extract<CallInput, { type: 'second-leg' }>, now: MonotonicMs): void {
    const state = this.#state;
    const { sipStatus, sipReason } = input;
    if (state.name === 'dialing') {
      if (input.state === 'ringing') {
        this.#report(state.request, { state: 'progress', sipStatus, sipReason }, now);
      } else if (input.state === 'answered') this.#connect(state.request, now);
      else {
        this.#state = { name: 'idle' };
        this.#report(state.request, { state: 'failed', sipStatus, sipReason }, now);
      }
      return;
    }
    if (input.state !== 'ended' && input.state !== 'failed') return;
    if (state.name === 'referring') this.#state = { ...state, hasSecondLeg: false };
    else if (state.name === 'bridged') {
      this.#push({ type: 'unbridge' });
      this.#report(state.request, { state: 'ended', sipStatus, sipReason }, now);
      this.#state = { name: 'idle' };
    } else this.#state = { name: 'idle' };
  }

  #connect(request: TransferRequest, now: MonotonicMs): void {
    if (request.mode === 'attended') {
      this.#state = { name: 'referring', request, hasSecondLeg: true, isAccepted: false };
      this.#push({ type: 'refer-second-leg' });
      return;
    }
    this.#state = { name: 'bridged', request };
    this.#push({ type: 'bridge' });
    this.#report(request, { state: 'bridged', sipStatus: OK, sipReason: 'OK' }, now);
  }

  #release(hasSecondLeg: boolean, reason: string): void {
    if (this.#state.name === 'bridged') this.#push({ type: 'unbridge' });
    this.#state = { name: hasSecondLeg ? 'releasing' : 'idle' };
    if (hasSecondLeg) this.#push({ type: 'second-leg-hangup', reason });
  }

  #report(
    { to, mode }: TransferRequest,
    said: {
      readonly state: 'started' | 'progress' | 'bridged' | 'completed' | 'failed' | 'ended';
      readonly sipStatus?: number;
      readonly sipReason?: string;
    },
    atMs: MonotonicMs,
  ): void {
    this.#outputs.push({ type: 'event', event: { type: 'transfer', atMs, to, mode, ...said } });
  }

  #push(command: TransferCommand): void {
    this.#outputs.push(command);
  }
}
