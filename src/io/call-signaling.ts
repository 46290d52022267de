import type { CallInput, SignalingCommand } from '../call/call-io.ts';
import { DTMF_RELAY_TYPE, parseDtmfInfo, serializeDtmfInfo } from '../call/dtmf-info.ts';
import { TrunklineError } from '../core/errors.ts';
import type { RtpRemote } from '../media/media-engine.ts';
import type {
  DialRequest,
  DialTarget,
  EstablishedCall,
  IncomingCall,
  IncomingRefer,
  OutgoingCall,
  ReferTarget,
  Signaling,
} from '../signaling/signaling.ts';
import { SipFailure } from '../signaling/sip-failure.ts';
import type { CallSdp, RemoteAudio } from './call-sdp.ts';

/** What the far end says of its reasons is kept up to here. */
const MAX_REASON_CHARS = 200;
const DECLINE = 603;
const NOT_ACCEPTABLE = 488;
/** The peer of the call is another one now. */
const REPLACED_REASON = 'SIP;cause=200;text="Call completed elsewhere"';

/** The far end of a call: who called, or where to call. */
export type CallPeer =
  | { readonly direction: 'inbound'; readonly incoming: IncomingCall }
  | {
      readonly direction: 'outbound';
      readonly signaling: Signaling;
      readonly request: Omit<DialRequest, 'localSdp'>;
    };

export interface CallSignalingOptions {
  readonly peer: CallPeer;
  readonly sdp: CallSdp;
  readonly tell: (input: CallInput) => void;
  /** How keys go to a caller's carrier; of a call of ours its way says it. */
  readonly dtmfType?: DialTarget['dtmfType'];
  /** Sends keys in the audio. */
  readonly playDigits: (digits: string) => void;
  /** X- headers of our 200. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Calls the target of a REFER; undefined when there is no way, or it is not wanted. */
  readonly dialReferred: (
    refer: IncomingRefer,
  ) =>
    | ((
        localSdp: DialRequest['localSdp'],
        listener: Parameters<Signaling['dial']>[1],
      ) => OutgoingCall)
    | undefined;
}

/** Carries out the signalling commands of one call and tells the call what the far end does. */
export class CallSignaling {
  readonly #options: CallSignalingOptions;
  readonly #peer: CallPeer;
  readonly #sdp: CallSdp;
  readonly #tell: (input: CallInput) => void;
  #localSdp = '';
  #localPort = 0;
  /** Known before the answer when the far end made the offer. */
  #offered: RemoteAudio | undefined;
  /** What the call was last told. */
  #told: string | undefined;
  #outgoing: OutgoingCall | undefined;
  /** Of an outgoing call: another one came in its place, or it has failed. */
  #outcome: 'picked-up' | 'failed' | undefined;
  #established: EstablishedCall | undefined;
  /** The call to where a REFER sends us. */
  #referred: OutgoingCall | undefined;
  /** The far end is gone, or told to go: nobody takes its place any more. */
  #isOver = false;
  /** Ends when every key so far was sent. */
  #pressing: Promise<void> = Promise.resolve();

  constructor(options: CallSignalingOptions) {
    this.#options = options;
    this.#peer = options.peer;
    this.#sdp = options.sdp;
    this.#tell = options.tell;
  }

  /** Listens for the caller's CANCEL; it may have come already and be told at once. */
  listen(): void {
    if (this.#peer.direction !== 'inbound') return;
    const { incoming } = this.#peer;
    this.#sdp.signallingAddress = incoming.sourceAddress;
    incoming.onCancel = (detail) =>
      this.#tell({ type: 'caller-cancelled', ...(detail !== undefined && { detail }) });
  }

  /** Where the caller's offer wants audio. */
  get offered(): RtpRemote | undefined {
    return this.#offered?.remote;
  }

  isPlacing(outgoing: OutgoingCall): boolean {
    return this.#outgoing === outgoing && this.#established === undefined;
  }

  isPeer(established: EstablishedCall): boolean {
    return this.#established === established;
  }

  /** Describes our side. Returns why the caller's offer cannot be answered. */
  describe(localPort: number): TrunklineError | undefined {
    this.#localPort = localPort;
    const offer = this.#peer.direction === 'inbound' ? this.#peer.incoming.remoteSdp : undefined;
    if (offer === undefined) {
      // Of an outgoing call it is made for each way.
      if (this.#peer.direction === 'inbound') this.#localSdp = this.#sdp.offer(localPort);
      return undefined;
    }
    const answer = this.#sdp.answer(offer, localPort);
    if (answer?.remote === undefined) {
      return new TrunklineError('no-common-codec', 'nothing in the offer that we speak');
    }
    this.#localSdp = answer.sdp;
    this.#offered = answer;
    return undefined;
  }

  handleCommand(command: SignalingCommand): void {
    switch (command.type) {
      case 'dial':
        this.#dial();
        break;
      case 'cancel':
        this.#outgoing?.cancel();
        break;
      case 'hangup':
        this.#hangUp(command.reason);
        break;
      case 'reoffer':
        this.#reoffer(command.isHeld);
        break;
      case 'send-digits':
        this.#press(command.digits);
        break;
      default:
        if (this.#peer.direction === 'inbound') this.#respond(this.#peer.incoming, command);
    }
  }

  /** Sends the far end elsewhere. */
  refer(target: ReferTarget): void {
    const outcome = this.#established?.refer(target, (sipStatus, reason) =>
      this.#tell({ type: 'refer-progress', sipStatus, sipReason: cut(reason) }),
    );
    void outcome?.then(({ status, reason }) =>
      this.#tell({ type: 'refer-ended', sipStatus: status, sipReason: cut(reason) }),
    );
  }

  /** Another one answers the call that we are placing (RFC 3891 section 3). */
  pickUpBy(incoming: IncomingCall): void {
    this.#take(incoming, (established, answer) => {
      if (this.#established !== undefined || this.#outcome !== undefined) {
        void established.hangup();
        return;
      }
      this.#outcome = 'picked-up';
      this.#outgoing?.cancel(REPLACED_REASON);
      this.#offered = answer;
      this.#adopt(established);
    });
  }

  /** Another caller takes the far end's place (RFC 3891). */
  replaceBy(incoming: IncomingCall): void {
    this.#take(incoming, (established, answer) => {
      this.#sdp.signallingAddress = established.peerAddress;
      this.#replace(established, 'replaces', answer ?? this.#accepted(established.remoteSdp));
    });
  }

  /** Answers another caller on the media session of this call. */
  #take(
    incoming: IncomingCall,
    onDialog: (established: EstablishedCall, answer: RemoteAudio | undefined) => void,
  ): void {
    const offer = incoming.remoteSdp;
    const answer =
      offer === undefined
        ? undefined
        : this.#guarded(() => this.#sdp.answer(offer, this.#localPort));
    if (offer !== undefined && answer === undefined) {
      incoming.reject(NOT_ACCEPTABLE);
      return;
    }
    const localSdp = answer?.sdp ?? this.#sdp.offer(this.#localPort);
    incoming.answer(localSdp).then(
      (established) => {
        onDialog(established, answer);
      },
      // It was gone before the dialog: the old one goes on.
      () => undefined,
    );
  }

  #respond(incoming: IncomingCall, command: SignalingCommand): void {
    switch (command.type) {
      case 'ring':
        incoming.ring();
        break;
      case 'progress':
        incoming.progress(this.#localSdp);
        break;
      case 'reject':
        incoming.reject(command.sipStatus);
        break;
      case 'answer':
        this.#answer(incoming);
        break;
      default:
    }
  }

  #answer(incoming: IncomingCall): void {
    incoming.answer(this.#localSdp, this.#options.answerHeaders).then(
      (established) => this.#adopt(established),
      (error: unknown) => this.#tell({ type: 'answer-failed', detail: cut(String(error)) }),
    );
  }

  #dial(): void {
    if (this.#peer.direction !== 'outbound') return;
    const { signaling, request } = this.#peer;
    this.#outgoing = signaling.dial(
      { ...request, localSdp: (target) => this.#sdp.offerFor(this.#localPort, target) },
      {
        onProvisional: (sipStatus, remoteSdp) => {
          const remote = remoteSdp === undefined ? undefined : this.#accepted(remoteSdp)?.remote;
          this.#tell({ type: 'provisional', sipStatus, remote });
        },
        onAttempt: ({ targetId, status: sipStatus, reason, elapsedMs }) => {
          const sipReason = cut(reason);
          const where = whereOf(request, targetId);
          this.#tell({ type: 'attempt', targetId, ...where, sipStatus, sipReason, elapsedMs });
        },
        onAnswered: (established) => {
          if (this.#outcome === 'picked-up') void established.hangup();
          else this.#adopt(established);
        },
        onFailed: (sipStatus, reason) => {
          if (this.#outcome === 'picked-up') return;
          this.#outcome = 'failed';
          this.#tell({ type: 'failed', sipStatus, sipReason: cut(reason) });
        },
      },
    );
  }

  #adopt(established: EstablishedCall): void {
    this.#established = established;
    this.#sdp.signallingAddress = established.peerAddress;
    const audio = this.#offered ?? this.#accepted(established.remoteSdp);
    this.#told = wordsOf(audio);
    const { sipCallId, target } = established;
    const isHeld = audio?.isHeld ?? false;
    const took = target?.carrier === undefined ? {} : { carrier: target.carrier };
    this.#tell({ type: 'answered', sipCallId, remote: audio?.remote, isHeld, ...took });
    this.#listenTo(established);
  }

  #listenTo(established: EstablishedCall): void {
    established.onReinvite = (remoteSdp) => this.#handleReinvite(remoteSdp);
    established.onInfo = ({ body }) => {
      const digit = parseDtmfInfo(body);
      if (digit !== undefined) this.#tell({ type: 'digit', digit });
    };
    established.onRefer = (refer) => this.#handleRefer(refer);
    established.onAcknowledged = () => this.#tell({ type: 'acknowledged' });
    // Last: a BYE that came already is told at once, and it ends what was answered.
    established.onEnded = (by, reason) => {
      this.#isOver = true;
      this.#referred?.cancel();
      this.#tell({ type: 'peer-ended', by, detail: cut(reason) });
    };
  }

  #handleReinvite(remoteSdp: string): string | undefined {
    const answer = this.#guarded(() => this.#sdp.answer(remoteSdp, this.#localPort));
    if (answer !== undefined) this.#tellMoved(answer);
    return answer?.sdp;
  }

  /** A refresh that says nothing new leaves the media alone. */
  #tellMoved({ remote, isHeld }: RemoteAudio): void {
    const said = wordsOf({ remote, isHeld });
    if (said === this.#told) return;
    this.#told = said;
    this.#tell({ type: 'moved', remote, isHeld });
  }

  #reoffer(isHeld: boolean): void {
    const established = this.#established;
    if (established === undefined) return;
    const wasHolding = this.#sdp.isHolding;
    this.#sdp.isHolding = isHeld;
    established.reinvite(this.#sdp.offer(this.#localPort)).then(
      (answerSdp) => {
        this.#tell({ type: 'reoffered', isHeld });
        const audio = this.#accepted(answerSdp);
        // Whom we hold says `recvonly` or, to an `inactive` of its own, nothing: that is not its hold.
        if (audio?.remote !== undefined && !isHeld) this.#tellMoved(audio);
      },
      (error: unknown) => {
        this.#sdp.isHolding = wasHolding;
        this.#sdp.withdraw();
        const [sipStatus, reason] =
          error instanceof SipFailure ? [error.status, error.reason] : [500, String(error)];
        this.#tell({ type: 'reoffer-failed', sipStatus, sipReason: cut(reason) });
      },
    );
  }

  #press(digits: string): void {
    const { dtmfType, playDigits } = this.#options;
    const target = this.#established?.target;
    if ((target === undefined ? dtmfType : target.dtmfType) !== 'info') playDigits(digits);
    // One after the other, those of an earlier press before them: the order is the meaning.
    else this.#pressing = this.#pressing.then(() => this.#sendDigits(digits));
  }

  /** Never rejects. */
  async #sendDigits(digits: string): Promise<void> {
    for (const digit of digits) {
      if (this.#isOver) return;
      await this.#established?.sendInfo(DTMF_RELAY_TYPE, serializeDtmfInfo(digit));
    }
  }

  /** Policy first: a stranger's wish costs money. */
  #handleRefer(refer: IncomingRefer): void {
    const dial = this.#referred === undefined ? this.#options.dialReferred(refer) : undefined;
    if (dial === undefined) {
      refer.refuse(DECLINE);
      return;
    }
    refer.accept();
    const { codecs } = this.#sdp;
    this.#referred = dial((target) => this.#sdp.offerFor(this.#localPort, target), {
      onProvisional: (status) => refer.notify(status, 'Progress'),
      onAnswered: (established) => {
        this.#referred = undefined;
        refer.notify(200, 'OK');
        this.#sdp.signallingAddress = established.peerAddress;
        this.#replace(established, 'refer', this.#accepted(established.remoteSdp));
      },
      onFailed: (status, reason) => {
        this.#referred = undefined;
        this.#sdp.codecs = codecs;
        refer.notify(status, reason);
      },
    });
  }

  /** The old far end is told that it is no more needed; nothing of it concerns the call from here on. */
  #replace(
    established: EstablishedCall,
    by: 'replaces' | 'refer',
    audio: RemoteAudio | undefined,
  ): void {
    const old = this.#established;
    if (old === undefined || audio === undefined || this.#isOver) {
      void established.hangup();
      return;
    }
    old.onEnded = undefined;
    old.onReinvite = undefined;
    old.onInfo = undefined;
    old.onRefer = undefined;
    old.hangup(REPLACED_REASON).catch(() => undefined);
    this.#established = established;
    this.#told = wordsOf(audio);
    const { sipCallId } = established;
    this.#tell({ type: 'peer-replaced', by, sipCallId, remote: audio.remote });
    this.#listenTo(established);
  }

  #hangUp(reason: string | undefined): void {
    this.#isOver = true;
    this.#referred?.cancel();
    const done = () => this.#tell({ type: 'hung-up' });
    this.#established?.hangup(reason).then(done, done);
  }

  #accepted(answerSdp: string): RemoteAudio | undefined {
    return this.#guarded(() => this.#sdp.accept(answerSdp));
  }

  /** Within a callback of signalling: an exception must not reach the other calls. */
  #guarded<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.#tell({ type: 'internal-error', detail: String(error) });
      return undefined;
    }
  }
}

function whereOf({ targets }: Pick<DialRequest, 'targets'>, targetId: string) {
  const target = targets.find(({ id }) => id === targetId);
  if (target === undefined) return {};
  const { host: gateway, carrier } = target;
  return { gateway, ...(carrier !== undefined && { carrier }) };
}

/** What matters of a description, to compare. */
function wordsOf(audio: RemoteAudio | undefined): string {
  return JSON.stringify({ remote: audio?.remote, isHeld: audio?.isHeld });
}

function cut(reason: string): string {
  return reason.slice(0, MAX_REASON_CHARS);
}
