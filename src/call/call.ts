import { after, type MonotonicMs } from '../core/time.ts';
import { earliest, TimerTable } from '../core/timer-table.ts';
import type { RtpRemote } from '../media/media-engine.ts';
import type { TurnInput, TurnOutput } from '../voice/turn-io.ts';
import type { CallEvent } from './call-event.ts';
import type { CallInput, CallOutput, VoiceInput } from './call-io.ts';
import { CallLeg } from './call-leg.ts';
import { CallMedia } from './call-media.ts';
import type { CallSpec } from './call-spec.ts';
import { terminationOf } from './ending.ts';
import { rejectStatusOf } from './sip-outcome.ts';
import type { Termination } from './termination.ts';
import { eventOfTurnReport } from './turn-report.ts';

/** After the end, how long the far end and the media engine get to let go. */
const CLOSE_TIMEOUT_MS = 5_000;
/** And then how long the recording gets to be converted. */
const RECORDING_TIMEOUT_MS = 60_000;

export interface CallOptions {
  readonly spec: CallSpec;
  /** Outbound: the carrier that the call is placed through. */
  readonly carrier?: string;
  /** Makes the turn engine, at the answer. */
  readonly createTurns: (now: MonotonicMs) => TurnMachine;
}

/** What a call needs of `voice/turn-engine.ts`. */
export interface TurnMachine {
  handleInput(input: TurnInput, now: MonotonicMs): void;
  handleTimeout(now: MonotonicMs): void;
  pollOutput(): TurnOutput | undefined;
  pollTimeout(): MonotonicMs | undefined;
}

type State =
  | { readonly name: 'incoming' }
  | { readonly name: 'queued' }
  | { readonly name: 'dialing' }
  | { readonly name: 'ringing' }
  | {
      readonly name: 'answered';
      readonly atMs: MonotonicMs;
      /** Undefined once it threw. */
      readonly turns: TurnMachine | undefined;
    }
  | { readonly name: 'ended'; readonly durationMs: number; readonly gaveUpClosing: boolean }
  | { readonly name: 'finished' };

export type CallStateName = State['name'];

/**
 * One call: the only place where signalling, media and voice meet. Begins in the constructor.
 *
 * | state    | leaves for                                                                        |
 * | -------- | --------------------------------------------------------------------------------- |
 * | incoming | answered (our 200 made a dialog); ended (CANCEL, no media, no codec, API, shutdown) |
 * | queued   | dialing (media open); ended (no media, API, shutdown)                             |
 * | dialing  | ringing (180 to 199); answered; ended (final failure, ring timer, API, shutdown)  |
 * | ringing  | answered; ended (as dialing)                                                      |
 * | answered | ended (BYE of either side, the agent, a timer, lost media, API, shutdown)         |
 * | ended    | finished (dialog, media session and recording are closed, or given up)            |
 * | finished | -                                                                                 |
 *
 * There is one `ended` and one `finished` event whatever comes in whatever order; `docs/lifecycle.md` says who closes
 * whom. Feed one input, then drain {@link pollOutput} to `undefined` before the next one.
 */
export class Call {
  readonly #options: CallOptions;
  readonly #timers = new TimerTable<'ring' | 'max-duration' | 'close' | 'recording'>();
  readonly #outputs: CallOutput[] = [];
  readonly #leg: CallLeg;
  readonly #media = new CallMedia();
  #state: State;
  /** The recogniser of an inbound call is opened before the answer and may fail before it. */
  #earlySttError: VoiceInput | undefined;

  constructor(options: CallOptions, now: MonotonicMs) {
    const { direction } = options.spec;
    this.#options = options;
    this.#leg = new CallLeg(direction);
    this.#state = { name: direction === 'inbound' ? 'incoming' : 'queued' };
    this.#report({ type: 'created', atMs: now });
    if (direction === 'inbound') this.#push({ type: 'ring' });
    this.#push({ type: 'media-open' });
  }

  get state(): CallStateName {
    return this.#state.name;
  }

  handleInput(input: CallInput, now: MonotonicMs): void {
    this.#push(this.#leg.handleInput(input));
    this.#push(this.#media.handleInput(input, this.#isOver));
    this.#progress(input, now);
    const termination = terminationOf(input, this.#state.name === 'answered');
    if (termination) this.#end(termination, now);
    this.#finishWhenClosed(now);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let name = this.#timers.takeDue(now); name; name = this.#timers.takeDue(now)) {
      if (name === 'ring') this.#end({ reason: 'no-answer', by: 'system' }, now);
      else if (name === 'max-duration') this.#end({ reason: 'max-duration', by: 'system' }, now);
      else if (name === 'close') this.#giveUpClosing(now);
      else this.#finish(now);
    }
    if (this.#state.name === 'answered') {
      const { turns } = this.#state;
      turns?.handleTimeout(now);
      this.#drainTurns(turns, now);
    }
    this.#finishWhenClosed(now);
  }

  pollOutput(): CallOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    const turns = this.#state.name === 'answered' ? this.#state.turns : undefined;
    return earliest([this.#timers.nextDeadline(), turns?.pollTimeout()]);
  }

  get #isOver(): boolean {
    return this.#state.name === 'ended' || this.#state.name === 'finished';
  }

  #progress(input: CallInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'media-opened':
        if (this.#leg.isUntouched && this.#media.isOpen && !this.#isOver) this.#begin(now);
        break;
      case 'provisional':
        if (this.#state.name === 'dialing' && input.sipStatus >= 180) {
          this.#state = { name: 'ringing' };
          this.#report({ type: 'ringing', atMs: now, sipStatus: input.sipStatus });
        }
        break;
      case 'answered':
        if (this.#leg.isEstablished && this.#state.name !== 'answered') {
          this.#answer(input.sipCallId, input.remote, now);
        }
        break;
      case 'moved':
        if (this.#state.name === 'answered') {
          this.#push({ type: 'media-connect', remote: input.remote });
        }
        break;
      case 'internal-error':
        // The engine that may have thrown is not asked for its last words.
        if (this.#state.name === 'answered') this.#state = { ...this.#state, turns: undefined };
        break;
      default:
        this.#converse(input, now);
    }
  }

  #begin(now: MonotonicMs): void {
    this.#push(this.#leg.begin());
    if (this.#state.name === 'incoming') {
      // The recogniser connects while the 200 and the ACK are on their way.
      this.#push({ type: 'stt-open' });
      return;
    }
    this.#state = { name: 'dialing' };
    this.#timers.set('ring', after(now, this.#options.spec.ringTimeoutMs));
    this.#report({ type: 'dialing', atMs: now, carrier: this.#options.carrier ?? '' });
  }

  #answer(sipCallId: string, remote: RtpRemote | undefined, now: MonotonicMs): void {
    const { spec, createTurns } = this.#options;
    const turns = createTurns(now);
    this.#state = { name: 'answered', atMs: now, turns };
    this.#timers.stop('ring');
    this.#timers.set('max-duration', after(now, spec.agent.timeouts.maxDurationMs));
    this.#report({ type: 'answered', atMs: now, sipCallId });
    if (!remote) return;

    this.#push({ type: 'media-connect', remote });
    if (spec.direction === 'outbound') this.#push({ type: 'stt-open' });
    if (spec.record) this.#push(this.#media.startRecording());
    this.#tellTurns({ type: 'start' }, now);
    if (this.#earlySttError) this.#tellTurns(this.#earlySttError, now);
  }

  #converse(input: CallInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'voice':
        if (input.input.type === 'stt-error' && this.#state.name === 'incoming') {
          this.#earlySttError = input.input;
        }
        this.#tellTurns(input.input, now);
        break;
      case 'media': {
        const { event } = input;
        if (event.type === 'rtp-started' || event.type === 'rtp-timeout') break;
        if (event.type === 'closed' || this.#state.name !== 'answered') break;
        if (event.type === 'dtmf') {
          this.#report({ type: 'dtmf', atMs: event.atMs, digit: event.digit });
        }
        this.#tellTurns(event, now);
        break;
      }
      case 'recording-failed': {
        if (!this.#media.isRecording) break;
        const { code, message: detail } = input.error;
        this.#report({ type: 'provider-error', atMs: now, provider: 'recorder', code, detail });
        break;
      }
      default:
    }
  }

  /** What comes before the answer or after the end concerns nobody. */
  #tellTurns(input: TurnInput, now: MonotonicMs): void {
    if (this.#state.name !== 'answered') return;
    const { turns } = this.#state;
    turns?.handleInput(input, now);
    this.#drainTurns(turns, now);
  }

  #drainTurns(turns: TurnMachine | undefined, now: MonotonicMs): void {
    for (let output = turns?.pollOutput(); output; output = turns?.pollOutput()) {
      switch (output.type) {
        case 'transcript':
        case 'turn':
        case 'provider-error':
          this.#report(eventOfTurnReport(output, now));
          break;
        case 'hang-up': {
          const by = output.reason === 'agent-ended' ? 'agent' : 'system';
          this.#end({ reason: output.reason, by }, now);
          break;
        }
        default:
          this.#push(output);
      }
    }
  }

  #end(termination: Termination, now: MonotonicMs): void {
    if (this.#isOver) return;
    const previous = this.#state;
    const durationMs = previous.name === 'answered' ? now - previous.atMs : 0;
    this.#state = { name: 'ended', durationMs, gaveUpClosing: false };
    this.#timers.stopAll();
    this.#timers.set('close', after(now, CLOSE_TIMEOUT_MS));

    try {
      if (previous.name === 'answered') this.#stopTurns(previous.turns, now);
    } finally {
      this.#release(termination, now);
    }
  }

  /** Its last words come before the end of the call: the open turn, what was heard of it. */
  #stopTurns(turns: TurnMachine | undefined, now: MonotonicMs): void {
    turns?.handleInput({ type: 'stop' }, now);
    this.#drainTurns(turns, now);
  }

  #release(termination: Termination, now: MonotonicMs): void {
    this.#push(this.#leg.end(rejectStatusOf(termination.reason)));
    this.#push({ type: 'providers-close' });
    this.#push(this.#media.close());
    this.#report({ type: 'ended', atMs: now, termination });
  }

  #giveUpClosing(now: MonotonicMs): void {
    if (this.#state.name !== 'ended') return;
    this.#state = { ...this.#state, gaveUpClosing: true };
    this.#push(this.#media.stopRecording());
    this.#timers.set('recording', after(now, RECORDING_TIMEOUT_MS));
  }

  #finishWhenClosed(now: MonotonicMs): void {
    if (this.#state.name !== 'ended' || this.#media.isRecording) return;
    const isClosed = this.#leg.isClosed && this.#media.isClosed;
    if (isClosed || this.#state.gaveUpClosing) this.#finish(now);
  }

  #finish(now: MonotonicMs): void {
    if (this.#state.name !== 'ended') return;
    const { durationMs } = this.#state;
    const { recordingPath } = this.#media;
    this.#state = { name: 'finished' };
    this.#timers.stopAll();
    const path = recordingPath === undefined ? {} : { recordingPath };
    this.#report({ type: 'finished', atMs: now, durationMs, ...path });
    this.#push({ type: 'finished' });
  }

  #report(event: CallEvent): void {
    this.#push({ type: 'event', event });
  }

  #push(output: CallOutput | undefined): void {
    if (output) this.#outputs.push(output);
  }
}
