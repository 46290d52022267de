import { Call, type CallStateName } from '../call/call.ts';
import type { TurnMachine } from '../call/call-conversation.ts';
import type { CallEvent } from '../call/call-event.ts';
import type { CallInput, CallOutput } from '../call/call-io.ts';
import type { CallSpec } from '../call/call-spec.ts';
import { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { MediaEngine, MediaSessionOptions } from '../media/media-engine.ts';
import type {
  DialListener,
  DialRequest,
  EstablishedCall,
  IncomingCall,
  IncomingRefer,
  OutgoingCall,
  Signaling,
} from '../signaling/signaling.ts';
import type { VoiceProviders } from '../voice/ports.ts';
import { CallAudio } from './call-audio.ts';
import type { CallLog } from './call-log.ts';
import { CallSdp } from './call-sdp.ts';
import { type CallPeer, CallSignaling } from './call-signaling.ts';
import { CallTransferDriver } from './call-transfer-driver.ts';
import { CallVoice } from './call-voice.ts';
import type { MediaAddress } from './media-address.ts';
import type { Clock } from './monotonic-clock.ts';
import type { CallRecording } from './recordings.ts';

export interface CallDriverOptions {
  readonly spec: CallSpec;
  readonly peer: CallPeer;
  readonly carrier?: string;
  readonly media: MediaEngine;
  readonly session: MediaSessionOptions;
  /** Where the far end finds our media ports. */
  readonly mediaAddress: MediaAddress;
  readonly providers: VoiceProviders;
  readonly createTurns: (now: MonotonicMs) => TurnMachine;
  readonly recording: CallRecording;
  readonly clock: Clock;
  readonly log: CallLog;
  readonly signaling: Signaling;
  /** The way to a number, for a transfer; undefined when there is none. */
  readonly routeTo: (to: string) => Omit<DialRequest, 'localSdp'> | undefined;
  readonly onEvent: (event: CallEvent) => void;
  readonly onFinished: () => void;
}

/**
 * Runs one call on real ports. Whatever throws on the way (the machine, a port, the listener) ends this call as
 * `internal-error` and no other.
 */
export class CallDriver {
  readonly #options: CallDriverOptions;
  readonly #call: Call;
  readonly #signaling: CallSignaling;
  readonly #voice: CallVoice;
  readonly #audio: CallAudio;
  readonly #transfer: CallTransferDriver;
  readonly #inputs: CallInput[] = [];
  #isRunning = false;
  #hasFailed = false;
  #armedFor: MonotonicMs | undefined;
  #disarm: (() => void) | undefined;

  constructor(options: CallDriverOptions) {
    const { spec, media, session, recording } = options;
    const tell = (input: CallInput) => this.tell(input);
    this.#options = options;
    this.#voice = new CallVoice(options.providers, spec.agent, tell);
    const onFault = (error: unknown) => this.#fail(error);
    const voice = this.#voice;
    this.#audio = new CallAudio({
      background: spec.agent.background,
      media,
      session,
      voice,
      recording,
      tell,
      onFault,
    });
    this.#signaling = new CallSignaling({
      peer: options.peer,
      sdp: new CallSdp(options.mediaAddress, spec.media),
      tell,
      sendDigits: (digits, mode) => this.#audio.sendDigits(digits, mode),
      ...(spec.dtmfType && { dtmfType: spec.dtmfType }),
      ...(spec.answerHeaders && { answerHeaders: spec.answerHeaders }),
      dialReferred: (refer) => this.#dialReferred(refer),
    });
    this.#transfer = new CallTransferDriver({
      media,
      session,
      mediaAddress: options.mediaAddress,
      signaling: options.signaling,
      callSignaling: this.#signaling,
      audio: this.#audio,
      routeTo: options.routeTo,
      tell,
      tts: options.providers.tts,
      agent: spec.agent,
    });
    this.#call = new Call(options, options.clock.now());
  }

  get state(): CallStateName {
    return this.#call.state;
  }

  get canTransfer(): boolean {
    return this.#call.canTransfer;
  }

  get isHeld(): boolean | undefined {
    return this.#call.isHeld;
  }

  hasRouteTo(to: string): boolean {
    return this.#options.routeTo(to) !== undefined;
  }

  isPeer(established: EstablishedCall): boolean {
    return this.#signaling.isPeer(established);
  }

  isPlacing(outgoing: OutgoingCall): boolean {
    return this.#signaling.isPlacing(outgoing);
  }

  /** Another one answers the call that is being placed. */
  pickUpBy(incoming: IncomingCall): void {
    this.#guard(() => this.#signaling.pickUpBy(incoming));
  }

  /** Another caller takes the far end's place. */
  replacePeerBy(incoming: IncomingCall): void {
    this.#guard(() => this.#signaling.replaceBy(incoming));
  }

  start(): void {
    this.#run(() => this.#signaling.listen());
  }

  tell(input: CallInput): void {
    this.#inputs.push(input);
    // Told from within a command: the loop takes it when the outputs before it are carried out.
    if (!this.#isRunning) this.#run(() => {});
  }

  #run(first: () => void): void {
    this.#isRunning = true;
    this.#guard(first);
    this.#carryOutAll();
    for (let input = this.#inputs.shift(); input; input = this.#inputs.shift()) {
      const next = input;
      this.#guard(() => this.#call.handleInput(next, this.#options.clock.now()));
      this.#carryOutAll();
    }
    this.#isRunning = false;
    this.#guard(() => this.#arm());
  }

  #carryOutAll(): void {
    for (let output = this.#call.pollOutput(); output; output = this.#call.pollOutput()) {
      const next = output;
      this.#guard(() => this.#carryOut(next));
    }
  }

  #carryOut(output: CallOutput): void {
    switch (output.type) {
      case 'event':
        this.#options.onEvent(output.event);
        break;
      case 'finished':
        this.#options.onFinished();
        break;
      case 'media-open':
        this.#openMedia();
        break;
      case 'ring':
      case 'progress':
      case 'answer':
      case 'dial':
      case 'reject':
      case 'cancel':
      case 'hangup':
      case 'reoffer':
      case 'send-digits':
        this.#signaling.handleCommand(output);
        break;
      case 'refer':
      case 'refer-second-leg':
      case 'second-leg-dial':
      case 'second-leg-hangup':
      case 'second-leg-tell':
      case 'announce':
      case 'bridge':
      case 'unbridge':
        this.#transfer.handleCommand(output);
        break;
      case 'media-connect':
      case 'media-deafen':
      case 'media-mute':
      case 'media-detect':
      case 'media-close':
      case 'recording-start':
      case 'recording-stop':
        this.#audio.handleCommand(output);
        break;
      case 'stt-open':
      case 'providers-close':
      case 'llm-start':
      case 'llm-cancel':
      case 'tts-start':
      case 'tts-cancel':
        this.#voice.handleCommand(output);
        break;
      default:
        this.#audio.handlePlayout(output);
    }
  }

  #openMedia(): void {
    const opened = this.#audio.open();
    if (opened instanceof TrunklineError) {
      this.tell({ type: 'media-unavailable', error: opened });
      return;
    }
    const refusal = this.#signaling.describe(opened);
    const remote = this.#signaling.offered;
    this.tell(
      refusal ? { type: 'offer-refused', error: refusal } : { type: 'media-opened', remote },
    );
  }

  /** To a number by the routes of every outgoing call, and to nothing else. */
  #dialReferred(refer: IncomingRefer) {
    const { spec, signaling, routeTo } = this.#options;
    const request =
      spec.acceptsRefer === true && refer.referToUser !== undefined
        ? routeTo(refer.referToUser)
        : undefined;
    if (request === undefined) return undefined;
    const headers = {
      ...request.headers,
      ...(refer.replaces !== undefined && { Replaces: refer.replaces }),
      ...(refer.referredBy !== undefined && { 'Referred-By': refer.referredBy }),
    };
    return (localSdp: DialRequest['localSdp'], listener: DialListener) =>
      signaling.dial({ ...request, headers, localSdp }, listener);
  }

  /** One timer per call, at its next deadline. */
  #arm(): void {
    const deadline = this.#call.pollTimeout();
    if (deadline === this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = deadline;
    this.#disarm = undefined;
    if (deadline === undefined) return;
    const { clock } = this.#options;
    this.#disarm = clock.schedule(deadline, () => {
      this.#armedFor = undefined;
      this.#run(() => this.#call.handleTimeout(clock.now()));
    });
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { log, spec } = this.#options;
    log.error({ callId: spec.callId, err: error }, 'call failed');
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.tell({ type: 'internal-error', detail: String(error) });
  }
}
