import type {
  DialListener,
  DialRequest,
  EstablishedCall,
  IncomingRefer,
  OutgoingCall,
} from '../signaling/signaling.ts';
import type { CallOfferAnswer } from './call-offer-answer.ts';

/** Calls the target of a REFER; undefined when there is no way, or it is not wanted. */
export type DialReferred = (
  refer: IncomingRefer,
) => ((localSdp: DialRequest['localSdp'], listener: DialListener) => OutgoingCall) | undefined;

export interface ReferredCallOptions {
  readonly offerAnswer: CallOfferAnswer;
  readonly dialReferred: DialReferred;
  /** The target is to take the far end's place; when it cannot, the far end's terms hold again. */
  readonly onAnswered: (established: EstablishedCall, returnToPeer: () => void) => void;
}

const DECLINE = 603;

/** The call to where the far end sends us by REFER (RFC 3515), one at a time; the far end is notified as it goes. */
export class ReferredCall {
  readonly #options: ReferredCallOptions;
  #outgoing: OutgoingCall | undefined;

  constructor(options: ReferredCallOptions) {
    this.#options = options;
  }

  /** Policy first: a stranger's wish costs money. */
  handleRefer(refer: IncomingRefer): void {
    const { dialReferred, offerAnswer, onAnswered } = this.#options;
    const dial = this.#outgoing === undefined ? dialReferred(refer) : undefined;
    if (dial === undefined) {
      refer.refuse(DECLINE);
      return;
    }
    refer.accept();
    const returnToPeer = offerAnswer.leavePeer();
    this.#outgoing = dial((target) => offerAnswer.offerFor(target), {
      onProvisional: (status) => refer.notify(status, 'Progress'),
      onAnswered: (established) => {
        this.#outgoing = undefined;
        refer.notify(200, 'OK');
        onAnswered(established, returnToPeer);
      },
      onFailed: (status, reason) => {
        this.#outgoing = undefined;
        returnToPeer();
        refer.notify(status, reason);
      },
    });
  }

  cancel(): void {
    this.#outgoing?.cancel();
  }
}
