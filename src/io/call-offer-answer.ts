import type { CallInput } from '../call/call-io.ts';
import { TrunklineError } from '../core/errors.ts';
import type { OfferAnswerFailure } from '../sdp/negotiated-audio.ts';
import type { DialTarget, EstablishedCall } from '../signaling/signaling.ts';
import { SipFailure } from '../signaling/sip-failure.ts';
import type { CallSdp, LocalDescription, RemoteAudio } from './call-sdp.ts';
import { cutReason } from './peer-reason.ts';

const REFUSALS: Readonly<Record<OfferAnswerFailure, string>> = {
  malformed: 'the offer cannot be read',
  'no-audio': 'no audio in the offer',
  'no-common-codec': 'nothing in the offer that we speak',
  'no-common-security': 'the offer and the `srtp` setting have no security in common',
  'unsupported-transport': 'nothing in the offer but other transports than RTP over UDP',
};

/**
 * Offers and answers of one call, in whatever message they come (RFC 3264), and what the call is told of them. What cannot be
 * read within a callback of signalling is told as `internal-error`: it must not reach the other calls.
 */
export class CallOfferAnswer {
  readonly #sdp: CallSdp;
  readonly #tell: (input: CallInput) => void;
  #localSdp = '';
  #localPort = 0;
  /** Known before the answer when the far end made the offer. */
  #offered: RemoteAudio | undefined;
  /** What the call was last told. */
  #told: string | undefined;

  constructor(sdp: CallSdp, tell: (input: CallInput) => void) {
    this.#sdp = sdp;
    this.#tell = tell;
  }

  /** Our side, once it is described. */
  get localSdp(): string {
    return this.#localSdp;
  }

  /** What the caller's offer says. */
  get offered(): RemoteAudio | undefined {
    return this.#offered;
  }

  /** Another far end may take the place of this one. Returns what makes it this one again. */
  leavePeer(): () => void {
    const left = this.#sdp.peerTerms;
    const { signallingAddress } = this.#sdp;
    this.#sdp.turnTo({ terms: left.terms });
    return () => {
      this.#sdp.turnTo(left);
      this.#sdp.signallingAddress = signallingAddress;
    };
  }

  /** The far end's host by its signalling. */
  set signallingAddress(address: string) {
    this.#sdp.signallingAddress = address;
  }

  /** Of an outgoing call, whose offer is made for each way. */
  describeFrom(localPort: number): void {
    this.#localPort = localPort;
  }

  /** Describes our side to a caller. Returns why the offer cannot be answered; without one we make it. */
  describeTo(offerSdp: string | undefined, localPort: number): TrunklineError | undefined {
    this.#localPort = localPort;
    if (offerSdp === undefined) {
      this.#localSdp = this.#sdp.offer(localPort);
      return undefined;
    }
    const answer = this.#sdp.answer(offerSdp, localPort);
    if (answer?.remote === undefined) {
      return new TrunklineError('no-common-codec', REFUSALS[this.#sdp.refusal ?? 'no-audio']);
    }
    this.#localSdp = answer.sdp;
    this.#offered = answer;
    return undefined;
  }

  offer(): string {
    return this.#sdp.offer(this.#localPort);
  }

  offerFor(target: DialTarget): string {
    return this.#sdp.offerFor(this.#localPort, target);
  }

  /** `undefined`: nothing in the offer that we speak. */
  answer(offerSdp: string, isAnswer = false): LocalDescription | undefined {
    return this.#guarded(() => this.#sdp.answer(offerSdp, this.#localPort, isAnswer));
  }

  accept(answerSdp: string): RemoteAudio | undefined {
    return this.#guarded(() => this.#sdp.accept(answerSdp));
  }

  /** The call is told this by another input than `moved`. */
  noteTold(audio: RemoteAudio | undefined): void {
    this.#told = wordsOf(audio);
  }

  /** Returns our answer. */
  handleReinvite(remoteSdp: string, isAnswer = false): string | undefined {
    const answer = this.answer(remoteSdp, isAnswer);
    if (answer !== undefined) this.#tellMoved(answer);
    return answer?.sdp;
  }

  /** Our re-INVITE: we hold, or do not any more. */
  reoffer(established: EstablishedCall, isHeld: boolean): void {
    const wasHolding = this.#sdp.isHolding;
    this.#sdp.isHolding = isHeld;
    established.reinvite(this.offer()).then(
      (answerSdp) => {
        this.#tell({ type: 'reoffered', isHeld });
        const audio = this.accept(answerSdp);
        // Whom we hold says `recvonly` or, to an `inactive` of its own, nothing: that is not its hold.
        if (audio?.remote !== undefined && !isHeld) this.#tellMoved(audio);
      },
      (error: unknown) => {
        this.#sdp.isHolding = wasHolding;
        this.#sdp.withdraw();
        this.#tellRefused(error);
      },
    );
  }

  #tellRefused(error: unknown): void {
    const [sipStatus, reason] =
      error instanceof SipFailure ? [error.status, error.reason] : [500, String(error)];
    this.#tell({ type: 'reoffer-failed', sipStatus, sipReason: cutReason(reason) });
  }

  /** A refresh that says nothing new leaves the media alone. */
  #tellMoved({ remote, isHeld }: RemoteAudio): void {
    const said = wordsOf({ remote, isHeld });
    if (said === this.#told) return;
    this.#told = said;
    this.#tell({ type: 'moved', remote, isHeld });
  }

  #guarded<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.#tell({ type: 'internal-error', detail: String(error) });
      return undefined;
    }
  }
}

/** What matters of a description, to compare. */
function wordsOf(audio: RemoteAudio | undefined): string {
  return JSON.stringify({ remote: audio?.remote, isHeld: audio?.isHeld });
}
