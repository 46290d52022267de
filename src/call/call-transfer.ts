import type { MonotonicMs } from '../core/time.ts';
import type { AgentAudience } from '../media/media-engine.ts';
import type { CallInput, CallOutput, TransferCommand } from './call-io.ts';
import type { BridgedAgent, TransferRequest } from './transfer-request.ts';

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'dialing'; readonly request: TransferRequest }
  | {
      readonly name: 'referring';
      readonly request: TransferRequest;
      readonly hasSecondLeg: boolean;
      readonly isAccepted: boolean;
    }
  /** The target is being told what it is about. */
  | { readonly name: 'consulting'; readonly request: TransferRequest }
  | { readonly name: 'bridged'; readonly request: TransferRequest }
  /** The second leg is told to go. */
  | { readonly name: 'releasing' };

type SecondLegInput = Extract<CallInput, { readonly type: 'second-leg' }>;

const OK = 200;

/** For the model, which reads it like words of the caller. */
const BACK =
  '[the one whom the caller was transferred to has hung up: the caller is with you again]';
const NO_ANSWER = { sipStatus: 408, sipReason: 'no answer' };

/**
 * One transfer at a time. A `warm` one keeps the peer waiting while it is dialing and consulting; then the agent is told how it went.
 *
 * | state     | request                     | second leg answered               | second leg failed, ended | REFER 2xx       | REFER final 2xx | REFER other       |
 * | --------- | --------------------------- | --------------------------------- | ------------------------ | --------------- | --------------- | ----------------- |
 * | idle      | blind: referring; else dialing | -                              | -                        | -               | -               | -                 |
 * | dialing   | -                           | bridge: bridged; attended: referring; warm: consulting | idle, failed | - | -               | -                 |
 * | consulting | -                          | told: bridged                     | idle, failed             | -               | -               | -                 |
 * | referring | -                           | -                                 | stays: the peer took it over | accepted    | transferred     | idle or releasing |
 * | bridged   | -                           | -                                 | idle: back to the agent  | -               | -               | -                 |
 * | releasing | -                           | -                                 | idle                     | -               | -               | -                 |
 */
export class CallTransfer {
  #state: State = { name: 'idle' };
  readonly #outputs: CallOutput[] = [];
  #isTransferred = false;
  #news: string | undefined;

  get isIdle(): boolean {
    return this.#state.name === 'idle';
  }

  get isBridged(): boolean {
    return this.#state.name === 'bridged';
  }

  /** The peer is not with the agent: it waits, or talks to the target. */
  get isAway(): boolean {
    const state = this.#state;
    if (state.name === 'dialing') return state.request.mode === 'warm';
    if (state.name === 'bridged') return AUDIENCES[agentOf(state.request)] === 'nobody';
    return state.name === 'consulting';
  }

  /** Away, but the agent hears the peer. */
  get isOverheard(): boolean {
    return this.#state.name === 'bridged' && agentOf(this.#state.request) === 'listening';
  }

  /** The target is being called. */
  get isDialing(): boolean {
    return this.#state.name === 'dialing';
  }

  /** What the agent is to know once the peer is back, once. */
  takeNews(): string | undefined {
    const news = this.#news;
    this.#news = undefined;
    return news;
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

  /** The target was called for long enough. */
  handleNoAnswer(now: MonotonicMs): void {
    if (this.#state.name !== 'dialing') return;
    this.#fail(this.#state.request, NO_ANSWER, now);
    this.#release(true, 'Q.850;cause=19;text="No answer"');
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
    if (request.mode === 'warm' && request.holdSentence !== undefined) {
      this.#push({ type: 'announce', text: request.holdSentence });
    }
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

  #handleSecondLeg(input: SecondLegInput, now: MonotonicMs): void {
    const state = this.#state;
    if (state.name === 'dialing') this.#handleDialed(state.request, input, now);
    else if (input.state === 'told') {
      if (state.name === 'consulting') this.#bridge(state.request, now);
    } else if (input.state === 'ended' || input.state === 'failed') {
      this.#handleSecondLegOver(state, input, now);
    }
  }

  #handleDialed(
    request: TransferRequest,
    { state, sipStatus, sipReason }: SecondLegInput,
    now: MonotonicMs,
  ): void {
    if (state === 'ringing') {
      this.#report(request, { state: 'progress', sipStatus, sipReason }, now);
    } else if (state === 'answered') this.#connect(request, now);
    else if (state !== 'told') {
      this.#state = { name: 'idle' };
      this.#fail(request, { sipStatus, sipReason }, now);
    }
  }

  #handleSecondLegOver(
    state: State,
    { sipStatus, sipReason }: SecondLegInput,
    now: MonotonicMs,
  ): void {
    if (state.name === 'referring') {
      this.#state = { ...state, hasSecondLeg: false };
      return;
    }
    this.#state = { name: 'idle' };
    if (state.name === 'consulting') this.#fail(state.request, { sipStatus, sipReason }, now);
    else if (state.name === 'bridged') {
      this.#push({ type: 'unbridge' });
      this.#report(state.request, { state: 'ended', sipStatus, sipReason }, now);
      if (state.request.mode === 'warm') this.#news = BACK;
    }
  }

  #connect(request: TransferRequest, now: MonotonicMs): void {
    if (request.mode === 'attended') {
      this.#state = { name: 'referring', request, hasSecondLeg: true, isAccepted: false };
      this.#push({ type: 'refer-second-leg' });
      return;
    }
    if (request.mode === 'warm' && request.summary !== undefined) {
      this.#state = { name: 'consulting', request };
      this.#push({ type: 'second-leg-tell', text: request.summary });
      this.#report(request, { state: 'consulting', sipStatus: OK, sipReason: 'OK' }, now);
    } else this.#bridge(request, now);
  }

  #bridge(request: TransferRequest, now: MonotonicMs): void {
    this.#state = { name: 'bridged', request };
    this.#push({ type: 'bridge', agentHeardBy: AUDIENCES[agentOf(request)] });
    this.#report(request, { state: 'bridged', sipStatus: OK, sipReason: 'OK' }, now);
  }

  #fail(
    request: TransferRequest,
    said: { readonly sipStatus: number; readonly sipReason: string },
    now: MonotonicMs,
  ): void {
    this.#report(request, { state: 'failed', ...said }, now);
    if (request.mode === 'warm') this.#news = failureNews(said.sipStatus);
  }

  #release(hasSecondLeg: boolean, reason: string): void {
    if (this.#state.name === 'bridged') this.#push({ type: 'unbridge' });
    this.#state = { name: hasSecondLeg ? 'releasing' : 'idle' };
    if (hasSecondLeg) this.#push({ type: 'second-leg-hangup', reason });
  }

  #report(
    { to, mode }: TransferRequest,
    said: {
      readonly state:
        | 'started'
        | 'progress'
        | 'consulting'
        | 'bridged'
        | 'completed'
        | 'failed'
        | 'ended';
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

const AUDIENCES: Readonly<Record<BridgedAgent, AgentAudience>> = Object.freeze({
  muted: 'nobody',
  listening: 'nobody',
  whispering: 'own',
  talking: 'both',
});

function agentOf({ agent = 'muted' }: TransferRequest): BridgedAgent {
  return agent;
}

/** In words of ours: those of the network are not for a model's ears. */
function failureNews(sipStatus: number): string {
  const why = FAILURES[sipStatus] ?? (sipStatus < 300 ? 'hung up' : 'could not be reached');
  return `[the transfer failed: the one who was called ${why}; the caller is with you again, tell them]`;
}

const FAILURES: Readonly<Record<number, string>> = Object.freeze({
  408: 'did not answer',
  480: 'did not answer',
  486: 'is busy',
  487: 'did not answer',
  600: 'is busy',
  603: 'declined',
});
