import type { CallInput, SignalingCommand } from '../call/call-io.ts';
import { parseDtmfInfo } from '../call/dtmf-info.ts';
import type { TrunklineError } from '../core/errors.ts';
import type { RtpRemote } from '../media/media-engine.ts';
import type {
  DialRequest,
  DialTarget,
  EstablishedCall,
  IncomingCall,
  OutgoingCall,
  ReferTarget,
  Signaling,
} from '../signaling/signaling.ts';
import { CallOfferAnswer } from './call-offer-answer.ts';
import type { CallSdp, RemoteAudio } from './call-sdp.ts';
import { KeySender, type KeySenderOptions } from './key-sender.ts';
import { cutReason } from './peer-reason.ts';
import { PlacedCall } from './placed-call.ts';
import { type DialReferred, ReferredCall } from './referred-call.ts';

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
  /** Sends keys by the media session. */
  readonly sendDigits: KeySenderOptions['sendDigits'];
  /** X- headers of our 200. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  readonly dialReferred: DialReferred;
}

/** Who is to be the far end from now on. */
interface Replacement {
  readonly established: EstablishedCall;
  readonly by: 'replaces' | 'refer';
  /** What its offer said; left out: it answers ours. */
  readonly known?: RemoteAudio | undefined;
  /** The far end stays who it was. */
  readonly returnToPeer: () => void;
}

/** Carries out the signalling commands of one call and tells the call what the far end does. */
export class CallSignaling {
  readonly #options: CallSignalingOptions;
  readonly #peer: CallPeer;
  readonly #tell: (input: CallInput) => void;
  readonly #offerAnswer: CallOfferAnswer;
  readonly #keys: KeySender;
  /** Undefined: the far end called. */
  readonly #placed: PlacedCall | undefined;
  readonly #referred: ReferredCall;
  #established: EstablishedCall | undefined;
  /** The far end is gone, or told to go: nobody takes its place any more. */
  #isOver = false;

  constructor(options: CallSignalingOptions) {
    const { peer, sdp, tell, dialReferred } = options;
    this.#options = options;
    this.#peer = peer;
    this.#tell = tell;
    const offerAnswer = new CallOfferAnswer(sdp, tell);
    this.#offerAnswer = offerAnswer;
    this.#keys = new KeySender({
      ...options,
      peer: () => (this.#isOver ? undefined : this.#established),
    });
    if (peer.direction === 'outbound') {
      const onAnswered = (established: EstablishedCall) => this.#adopt(established, undefined);
      this.#placed = new PlacedCall({ ...peer, offerAnswer, tell, onAnswered });
    }
    this.#referred = new ReferredCall({
      offerAnswer,
      dialReferred,
      onAnswered: (established, returnToPeer) =>
        this.#replace({ established, by: 'refer', returnToPeer }),
    });
  }

  /** Listens for the caller's CANCEL; it may have come already and be told at once. */
  listen(): void {
    if (this.#peer.direction !== 'inbound') return;
    const { incoming } = this.#peer;
    this.#offerAnswer.signallingAddress = incoming.sourceAddress;
    incoming.onCancel = (detail) =>
      this.#tell({ type: 'caller-cancelled', ...(detail !== undefined && { detail }) });
  }

  /** Where the caller's offer wants audio. */
  get offered(): RtpRemote | undefined {
    return this.#offerAnswer.offered?.remote;
  }

  isPlacing(outgoing: OutgoingCall): boolean {
    return this.#placed?.isPlacedBy(outgoing) === true && this.#established === undefined;
  }

  isPeer(established: EstablishedCall): boolean {
    return this.#established === established;
  }

  /** Describes our side. Returns why the caller's offer cannot be answered. */
  describe(localPort: number): TrunklineError | undefined {
    if (this.#peer.direction === 'inbound') {
      return this.#offerAnswer.describeTo(this.#peer.incoming.remoteSdp, localPort);
    }
    this.#offerAnswer.describeFrom(localPort);
    return undefined;
  }

  handleCommand(command: SignalingCommand): void {
    switch (command.type) {
      case 'dial':
        this.#placed?.dial();
        break;
      case 'cancel':
        this.#placed?.cancel();
        break;
      case 'hangup':
        this.#hangUp(command.reason);
        break;
      case 'reoffer':
        if (this.#established) this.#offerAnswer.reoffer(this.#established, command.isHeld);
        break;
      case 'send-digits':
        this.#keys.press(command.digits, this.#established?.target);
        break;
      default:
        if (this.#peer.direction === 'inbound') this.#respond(this.#peer.incoming, command);
    }
  }

  /** Sends the far end elsewhere. */
  refer(target: ReferTarget): void {
    const outcome = this.#established?.refer(target, (sipStatus, reason) =>
      this.#tell({ type: 'refer-progress', sipStatus, sipReason: cutReason(reason) }),
    );
    void outcome?.then(({ status, reason }) =>
      this.#tell({ type: 'refer-ended', sipStatus: status, sipReason: cutReason(reason) }),
    );
  }

  /** Another one answers the call that we are placing (RFC 3891 section 3). */
  pickUpBy(incoming: IncomingCall): void {
    this.#take(incoming, (established, answer) => {
      const isFree = this.#established === undefined && this.#placed?.pickUp(REPLACED_REASON);
      if (isFree) this.#adopt(established, answer);
      else void established.hangup();
    });
  }

  /** Another caller takes the far end's place (RFC 3891). */
  replaceBy(incoming: IncomingCall): void {
    this.#take(incoming, (established, answer, returnToPeer) =>
      this.#replace({ established, by: 'replaces', known: answer, returnToPeer }),
    );
  }

  /** Answers another caller on the media session of this call. */
  #take(
    incoming: IncomingCall,
    onDialog: (
      established: EstablishedCall,
      answer: RemoteAudio | undefined,
      returnToPeer: () => void,
    ) => void,
  ): void {
    const returnToPeer = this.#offerAnswer.leavePeer();
    const offer = incoming.remoteSdp;
    const answer = offer === undefined ? undefined : this.#offerAnswer.answer(offer);
    if (offer !== undefined && answer === undefined) {
      returnToPeer();
      incoming.reject(NOT_ACCEPTABLE);
      return;
    }
    incoming.answer(answer?.sdp ?? this.#offerAnswer.offer()).then(
      (established) => {
        onDialog(established, answer, returnToPeer);
      },
      // It was gone before the dialog: the old one goes on.
      returnToPeer,
    );
  }

  #respond(incoming: IncomingCall, command: SignalingCommand): void {
    switch (command.type) {
      case 'ring':
        incoming.ring();
        break;
      case 'progress':
        incoming.progress(this.#offerAnswer.localSdp);
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
    const { localSdp, offered } = this.#offerAnswer;
    incoming.answer(localSdp, this.#options.answerHeaders).then(
      (established) => this.#adopt(established, offered),
      (error: unknown) => this.#tell({ type: 'answer-failed', detail: cutReason(String(error)) }),
    );
  }

  /** @param known - what its offer said; undefined: it answers ours */
  #adopt(established: EstablishedCall, known: RemoteAudio | undefined): void {
    this.#established = established;
    const audio = this.#hear(established, known);
    this.#offerAnswer.noteTold(audio);
    const { sipCallId, target } = established;
    const isHeld = audio?.isHeld ?? false;
    const took = target?.carrier === undefined ? {} : { carrier: target.carrier };
    this.#tell({ type: 'answered', sipCallId, remote: audio?.remote, isHeld, ...took });
    this.#listenTo(established);
  }

  #hear(
    { peerAddress, remoteSdp }: EstablishedCall,
    known: RemoteAudio | undefined,
  ): RemoteAudio | undefined {
    this.#offerAnswer.signallingAddress = peerAddress;
    return known ?? this.#offerAnswer.accept(remoteSdp);
  }

  #listenTo(established: EstablishedCall): void {
    established.onReinvite = (remoteSdp, isAnswer) =>
      this.#offerAnswer.handleReinvite(remoteSdp, isAnswer);
    established.onInfo = ({ body }) => {
      const digit = parseDtmfInfo(body);
      if (digit !== undefined) this.#tell({ type: 'digit', digit });
    };
    established.onRefer = (refer) => this.#referred.handleRefer(refer);
    established.onAcknowledged = () => this.#tell({ type: 'acknowledged' });
    // Last: a BYE that came already is told at once, and it ends what was answered.
    established.onEnded = (by, reason) => {
      this.#isOver = true;
      this.#referred.cancel();
      this.#tell({ type: 'peer-ended', by, detail: cutReason(reason) });
    };
  }

  /** The old far end is told that it is no more needed; nothing of it concerns the call from here on. */
  #replace({ established, by, known, returnToPeer }: Replacement): void {
    const audio = this.#hear(established, known);
    const old = this.#established;
    if (old === undefined || audio === undefined || this.#isOver) {
      returnToPeer();
      void established.hangup();
      return;
    }
    letGo(old);
    this.#established = established;
    this.#offerAnswer.noteTold(audio);
    const { sipCallId } = established;
    this.#tell({ type: 'peer-replaced', by, sipCallId, remote: audio.remote });
    this.#listenTo(established);
  }

  #hangUp(reason: string | undefined): void {
    this.#isOver = true;
    this.#referred.cancel();
    const done = () => this.#tell({ type: 'hung-up' });
    this.#established?.hangup(reason).then(done, done);
  }
}

function letGo(old: EstablishedCall): void {
  old.onEnded = undefined;
  old.onReinvite = undefined;
  old.onInfo = undefined;
  old.onRefer = undefined;
  old.hangup(REPLACED_REASON).catch(() => undefined);
}
