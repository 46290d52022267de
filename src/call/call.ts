import { after, type MonotonicMs } from '../core/time.ts';
import { earliest, TimerTable } from '../core/timer-table.ts';
import type { MediaEvent, RtpRemote } from '../media/media-engine.ts';
import type { TurnInput } from '../voice/turn-io.ts';
import { CallConversation, type TurnMachine } from './call-conversation.ts';
import { CallDetection, TONES_AFTER_ANSWER_MS } from './call-detection.ts';
import type { CallEvent } from './call-event.ts';
import type { CallInput, CallOutput, VoiceInput } from './call-io.ts';
import { CallLeg } from './call-leg.ts';
import { CallMedia } from './call-media.ts';
import type { CallSpec } from './call-spec.ts';
import { CallTransfer } from './call-transfer.ts';
import { type DigitSource, DigitSources } from './digit-sources.ts';
import { terminationOf } from './ending.ts';
import { reasonHeaderOf } from './reason-header.ts';
import { rejectStatusOf } from './sip-outcome.ts';
import type { Termination } from './termination.ts';
import { eventOfTurnReport } from './turn-report.ts';

/** After the end, how long the far end and the media engine get to let go. */
const CLOSE_TIMEOUT_MS = 5_000;
/** And then how long the recording gets to be converted. */
const RECORDING_TIMEOUT_MS = 60_000;
/** The agent speaks when our 200 is acknowledged or audio comes, or after this long: it may be that only the ACK is late. */
const GREETING_TIMEOUT_MS = 500;
/** A first sentence in early media is given up for the answer after this long. */
const EARLY_MEDIA_TIMEOUT_MS = 20_000;

export interface CallOptions {
  readonly spec: CallSpec;
  /** Outbound: the carrier that the call is placed through. */
  readonly carrier?: string;
  /** Makes the turn engine, at the answer. */
  readonly createTurns: (now: MonotonicMs) => TurnMachine;
}

type State =
  | { readonly name: 'incoming' }
  | { readonly name: 'queued' }
  | { readonly name: 'dialing' }
  | { readonly name: 'ringing' }
  | { readonly name: 'answered'; readonly atMs: MonotonicMs }
  | { readonly name: 'ended'; readonly durationMs: number; readonly gaveUpClosing: boolean }
  | { readonly name: 'finished' };

type TimerName =
  | 'ring'
  | 'transfer-ring'
  | 'early-media'
  | 'greeting'
  | 'tones'
  | 'max-duration'
  | 'close'
  | 'recording';

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
  readonly #timers = new TimerTable<TimerName>();
  readonly #outputs: CallOutput[] = [];
  readonly #leg: CallLeg;
  readonly #media = new CallMedia();
  readonly #conversation = new CallConversation();
  readonly #transfer = new CallTransfer();
  readonly #digits = new DigitSources();
  readonly #detection: CallDetection;
  #state: State;
  /** Where the far end last took audio. */
  #remote: RtpRemote | undefined;
  /** Of the media session, from its first connection on. */
  #sampleRateHz: RtpRemote['sampleRateHz'] | undefined;
  #isListening = false;
  #hasRtp = false;
  /** The recogniser of an inbound call is opened before the answer and may fail before it. */
  #earlySttError: VoiceInput | undefined;

  constructor(options: CallOptions, now: MonotonicMs) {
    const { direction } = options.spec;
    this.#options = options;
    this.#leg = new CallLeg(direction);
    this.#detection = new CallDetection(options.spec);
    this.#state = { name: direction === 'inbound' ? 'incoming' : 'queued' };
    this.#report({ type: 'created', atMs: now });
    if (direction === 'inbound') this.#push({ type: 'ring' });
    this.#push({ type: 'media-open' });
  }

  get state(): CallStateName {
    return this.#state.name;
  }

  /** Answered, and nobody is being transferred. */
  get canTransfer(): boolean {
    return this.#state.name === 'answered' && this.#transfer.isIdle;
  }

  /** By the API; undefined while the call is not answered. */
  get isHeld(): boolean | undefined {
    return this.#state.name === 'answered' ? this.#conversation.isHeldBy('api') : undefined;
  }

  handleInput(input: CallInput, now: MonotonicMs): void {
    this.#push(this.#leg.handleInput(input));
    this.#push(this.#media.handleInput(input, this.#isOver));
    this.#transferOn(input, now);
    this.#progress(input, now);
    this.#drain(now);
    const termination = this.#terminationOf(input);
    if (termination) this.#end(termination, now);
    this.#finishWhenClosed(now);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let name = this.#timers.takeDue(now); name; name = this.#timers.takeDue(now)) {
      this.#handleTimer(name, now);
    }
    if (!this.#isOver) this.#conversation.handleTimeout(now);
    this.#drain(now);
    this.#finishWhenClosed(now);
  }

  pollOutput(): CallOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    const turnsMs = this.#isOver ? undefined : this.#conversation.pollTimeout();
    return earliest([this.#timers.nextDeadline(), turnsMs]);
  }

  get #isOver(): boolean {
    return this.#state.name === 'ended' || this.#state.name === 'finished';
  }

  #handleTimer(name: TimerName, now: MonotonicMs): void {
    switch (name) {
      case 'ring':
        this.#end({ reason: 'no-answer', by: 'system' }, now);
        break;
      case 'transfer-ring':
        this.#moveTransfer(() => this.#transfer.handleNoAnswer(now), now);
        break;
      case 'early-media':
        this.#begin(now);
        break;
      case 'greeting':
        this.#greet(now);
        break;
      case 'tones':
        this.#push(this.#detection.handleTimeout());
        break;
      case 'max-duration':
        this.#end({ reason: 'max-duration', by: 'system' }, now);
        break;
      case 'close':
        this.#giveUpClosing(now);
        break;
      default:
        this.#finish(now);
    }
  }

  #terminationOf(input: CallInput): Termination | undefined {
    const isAnswered = this.#state.name === 'answered';
    if (isAnswered && this.#transfer.isTransferred) return { reason: 'transferred', by: 'api' };
    if (isAnswered && input.type === 'peer-ended' && this.#transfer.isExpectingBye) {
      return { reason: 'transferred', by: 'api', detail: input.detail };
    }
    // Nobody sends audio to someone who does not want it (RFC 6337 section 5.3).
    const isTimeout = input.type === 'media' && input.event.type === 'rtp-timeout';
    if (isTimeout && this.#conversation.isHeld) return undefined;
    return terminationOf(input, isAnswered);
  }

  #progress(input: CallInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'media-opened':
        this.#handleMediaOpened(input.remote, now);
        break;
      case 'provisional':
        this.#handleProvisional(input.sipStatus, input.remote, now);
        break;
      case 'answered':
        if (this.#leg.isEstablished && this.#state.name !== 'answered') this.#answer(input, now);
        break;
      case 'attempt':
        this.#report({ ...input, atMs: now });
        break;
      case 'acknowledged':
        this.#greet(now);
        break;
      case 'moved':
        if (this.#state.name === 'answered') this.#move(input.remote, input.isHeld ?? false, now);
        break;
      case 'peer-replaced':
        if (this.#state.name === 'answered') this.#replacePeer(input, now);
        break;
      case 'internal-error':
        this.#conversation.abandon();
        break;
      default:
        if (this.#state.name === 'answered') this.#hold(input, now);
        this.#converse(input, now);
    }
  }

  #hold(input: CallInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'hold':
      case 'resume': {
        const isHeld = input.type === 'hold';
        if (this.#conversation.isHeldBy('api') !== isHeld) this.#push({ type: 'reoffer', isHeld });
        break;
      }
      case 'reoffered':
        this.#setHeld('api', input.isHeld, now);
        break;
      case 'reoffer-failed': {
        const { sipStatus, sipReason } = input;
        this.#report({ type: 'hold-refused', atMs: now, sipStatus, sipReason });
        break;
      }
      case 'press':
        this.#push({ type: 'send-digits', digits: input.digits });
        break;
      default:
    }
  }

  #handleMediaOpened(remote: RtpRemote | undefined, now: MonotonicMs): void {
    if (!this.#leg.isUntouched || !this.#media.isOpen || this.#isOver) return;
    const { spec, createTurns } = this.#options;
    const speaksEarly = spec.earlyMedia === true && spec.agent.firstSentence !== undefined;
    if (this.#state.name !== 'incoming' || !speaksEarly || remote === undefined) {
      this.#begin(now, remote);
      return;
    }
    this.#push({ type: 'progress' });
    this.#connect(remote);
    this.#record();
    this.#listen(remote);
    this.#timers.set('early-media', after(now, EARLY_MEDIA_TIMEOUT_MS));
    this.#conversation.open(createTurns(now));
    this.#conversation.start(now);
  }

  #begin(now: MonotonicMs, remote?: RtpRemote): void {
    if (!this.#leg.isUntouched) return;
    this.#timers.stop('early-media');
    this.#push(this.#leg.begin());
    if (this.#state.name === 'incoming') {
      // The recogniser connects while the 200 and the ACK are on their way.
      if (remote !== undefined) this.#listen(remote);
      return;
    }
    this.#state = { name: 'dialing' };
    this.#timers.set('ring', after(now, this.#options.spec.ringTimeoutMs));
    this.#report({ type: 'dialing', atMs: now, carrier: this.#options.carrier ?? '' });
  }

  /** Early media is received, and our silence opens the way for it; the agent waits for the answer. */
  #handleProvisional(sipStatus: number, remote: RtpRemote | undefined, now: MonotonicMs): void {
    const { name } = this.#state;
    if (name !== 'dialing' && name !== 'ringing') return;
    if (remote !== undefined) {
      this.#connect(remote);
      if (this.#options.spec.earlyMedia === true) this.#record();
    }
    if (name === 'ringing' || sipStatus < 180) return;
    this.#state = { name: 'ringing' };
    this.#report({ type: 'ringing', atMs: now, sipStatus });
  }

  #answer(
    { sipCallId, remote, carrier, isHeld = false }: Extract<CallInput, { type: 'answered' }>,
    now: MonotonicMs,
  ): void {
    const { spec, createTurns } = this.#options;
    this.#state = { name: 'answered', atMs: now };
    this.#timers.stop('ring');
    this.#timers.set('max-duration', after(now, spec.agent.timeouts.maxDurationMs));
    if (spec.direction === 'outbound') this.#timers.set('tones', after(now, TONES_AFTER_ANSWER_MS));
    const took = carrier === undefined ? {} : { carrier };
    this.#report({ type: 'answered', atMs: now, sipCallId, ...took });
    if (!remote) return;

    this.#connect(remote);
    this.#listen(remote);
    this.#record();
    if (isHeld) this.#setHeld('peer', true, now);
    if (!this.#conversation.hasStarted) this.#conversation.open(createTurns(now));
    if (spec.direction === 'outbound' || this.#hasRtp) this.#greet(now);
    else this.#timers.set('greeting', after(now, GREETING_TIMEOUT_MS));
  }

  /** From the first audio on that is to be kept. */
  #record(): void {
    if (this.#options.spec.record) this.#push(this.#media.startRecording());
  }

  #greet(now: MonotonicMs): void {
    if (this.#state.name !== 'answered') return;
    this.#timers.stop('greeting');
    this.#conversation.start(now);
    const error = this.#earlySttError;
    this.#earlySttError = undefined;
    if (error) this.#conversation.tell(error, now);
  }

  /** Once: the rate of the media session stays what its first codec made it. */
  #listen({ sampleRateHz }: RtpRemote): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#push({ type: 'stt-open', sampleRateHz: this.#sampleRateHz ?? sampleRateHz });
  }

  #connect(remote: RtpRemote): void {
    this.#sampleRateHz ??= remote.sampleRateHz;
    this.#remote = remote;
    this.#push({ type: 'media-connect', remote });
    this.#push(this.#detection.handleRemote(remote));
  }

  #move(remote: RtpRemote | undefined, isHeld: boolean, now: MonotonicMs): void {
    if (remote !== undefined) this.#connect(remote);
    this.#setHeld('peer', isHeld, now);
  }

  #setHeld(by: 'peer' | 'api', isHeld: boolean, now: MonotonicMs): void {
    if (!this.#conversation.setHeld(by, isHeld, now)) return;
    this.#push({ type: 'media-deafen', isDeaf: this.#conversation.isDeaf });
    this.#push({ type: 'media-mute', isMuted: this.#conversation.isHeld });
    // The time without audio begins anew.
    if (!isHeld && this.#remote !== undefined) this.#connect(this.#remote);
    this.#report({ type: isHeld ? 'held' : 'resumed', atMs: now, by });
  }

  #replacePeer(
    { by, sipCallId, remote }: Extract<CallInput, { type: 'peer-replaced' }>,
    now: MonotonicMs,
  ): void {
    this.#report({ type: 'peer-replaced', atMs: now, by, sipCallId });
    this.#move(remote, remote === undefined, now);
  }

  #converse(input: CallInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'voice':
        if (input.input.type === 'stt-error' && !this.#conversation.hasStarted) {
          this.#earlySttError = input.input;
        }
        this.#tellTurns(input.input, now);
        break;
      case 'media':
        this.#handleMedia(input.event, now);
        break;
      case 'digit':
        this.#handleDigit('info', input.digit, now);
        break;
      case 'recording-failed': {
        if (!this.#media.isRecording) break;
        const { code, message: detail } = input.error;
        this.#report({ type: 'provider-error', atMs: now, provider: 'recorder', code, detail });
        break;
      }
      default:
    }
  }

  #handleMedia(event: MediaEvent, now: MonotonicMs): void {
    switch (event.type) {
      case 'rtp-started':
        this.#hasRtp = true;
        this.#greet(now);
        break;
      case 'rtp-timeout':
      case 'recording-ended':
      case 'quality':
      case 'digits-sent':
        break;
      case 'closed':
        this.#reportQuality(event);
        break;
      case 'dtmf':
        this.#handleDigit(event.source, event.digit, event.atMs);
        break;
      case 'tone':
        if (!this.#isOver) this.#report(event);
        break;
      default:
        this.#tellTurns(event, now);
        if (event.type === 'playout-ended' && this.#conversation.hasStarted) this.#begin(now);
    }
  }

  #reportQuality({ atMs, stats }: Extract<MediaEvent, { type: 'closed' }>): void {
    const { quality } = stats;
    if (quality !== undefined) this.#report({ type: 'quality', atMs, quality });
  }

  #handleDigit(source: DigitSource, digit: string, atMs: MonotonicMs): void {
    if (this.#state.name !== 'answered' || !this.#digits.isNew(source, digit, atMs)) return;
    this.#report({ type: 'dtmf', atMs, digit });
    this.#tellTurns({ type: 'dtmf', atMs, digit }, atMs);
  }

  #transferOn(input: CallInput, now: MonotonicMs): void {
    if (input.type === 'transfer' && !this.canTransfer) return;
    this.#moveTransfer(() => this.#transfer.handleInput(input, now), now);
  }

  #moveTransfer(step: () => void, now: MonotonicMs): void {
    const { isAway: wasAway, isOverheard: wasOverheard, isDialing: wasDialing } = this.#transfer;
    step();
    const { isAway, isOverheard, isDialing } = this.#transfer;
    this.#drainTransfer();
    if (this.#isOver) return;
    if (!isDialing) this.#timers.stop('transfer-ring');
    else if (!wasDialing) {
      this.#timers.set('transfer-ring', after(now, this.#options.spec.ringTimeoutMs));
    }
    if (wasAway !== isAway || isOverheard !== wasOverheard) {
      this.#conversation.setBridged(isAway, isOverheard, now);
      this.#push({ type: 'media-deafen', isDeaf: this.#conversation.isDeaf });
    }
    const news = this.#transfer.takeNews();
    if (news !== undefined) this.#conversation.tell({ type: 'note', text: news }, now);
  }

  #drainTransfer(): void {
    for (let output = this.#transfer.pollOutput(); output; output = this.#transfer.pollOutput()) {
      this.#push(output);
    }
  }

  /** What comes after the end concerns nobody. */
  #tellTurns(input: TurnInput, now: MonotonicMs): void {
    if (!this.#isOver) this.#conversation.tell(input, now);
  }

  #drain(now: MonotonicMs): void {
    const conversation = this.#conversation;
    for (let output = conversation.pollOutput(); output; output = conversation.pollOutput()) {
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
      // Its last words come before the end of the call: the open turn, what was heard of it.
      this.#conversation.tell({ type: 'stop' }, now);
      this.#drain(now);
    } finally {
      this.#release(termination, now);
    }
  }

  #release(termination: Termination, now: MonotonicMs): void {
    const reason = reasonHeaderOf(termination);
    this.#transfer.end(reason, now);
    this.#drainTransfer();
    this.#push(this.#leg.end(rejectStatusOf(termination.reason), reason));
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
    const isClosed = this.#leg.isClosed && this.#media.isClosed && this.#transfer.isIdle;
    if (isClosed || this.#state.gaveUpClosing) this.#finish(now);
  }

  #finish(now: MonotonicMs): void {
    if (this.#state.name !== 'ended') return;
    const { durationMs } = this.#state;
    this.#timers.stopAll();
    this.#report({ type: 'finished', atMs: now, durationMs, ...this.#media.recordingOutcome });
    this.#state = { name: 'finished' };
    this.#push({ type: 'finished' });
  }

  /** After `finished` nobody listens any more: a recording that was given up may still fail. */
  #report(event: CallEvent): void {
    if (this.#state.name !== 'finished') this.#push({ type: 'event', event });
  }

  #push(output: CallOutput | undefined): void {
    if (output) this.#outputs.push(output);
  }
}
