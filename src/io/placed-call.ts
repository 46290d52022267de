import type { CallInput } from '../call/call-io.ts';
import type {
  DialListener,
  DialRequest,
  EstablishedCall,
  OutgoingCall,
  Signaling,
} from '../signaling/signaling.ts';
import type { CallOfferAnswer } from './call-offer-answer.ts';
import { cutReason } from './peer-reason.ts';

export interface PlacedCallOptions {
  readonly signaling: Signaling;
  readonly request: Omit<DialRequest, 'localSdp'>;
  readonly offerAnswer: CallOfferAnswer;
  readonly tell: (input: CallInput) => void;
  readonly onAnswered: (established: EstablishedCall) => void;
}

/** The call that we place to the far end, until it is answered, has failed, or another one answers in its place. */
export class PlacedCall {
  readonly #options: PlacedCallOptions;
  #outgoing: OutgoingCall | undefined;
  #outcome: 'picked-up' | 'failed' | undefined;

  constructor(options: PlacedCallOptions) {
    this.#options = options;
  }

  isPlacedBy(outgoing: OutgoingCall): boolean {
    return this.#outgoing === outgoing;
  }

  dial(): void {
    const { signaling, request, offerAnswer } = this.#options;
    this.#outgoing = signaling.dial(
      { ...request, localSdp: (target) => offerAnswer.offerFor(target) },
      this.#listener(),
    );
  }

  cancel(): void {
    this.#outgoing?.cancel();
  }

  /** Another one has answered. Returns false when it came too late. */
  pickUp(reason: string): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = 'picked-up';
    this.#outgoing?.cancel(reason);
    return true;
  }

  #listener(): DialListener {
    const { request, offerAnswer, tell, onAnswered } = this.#options;
    return {
      onProvisional: (sipStatus, remoteSdp) => {
        const remote = remoteSdp === undefined ? undefined : offerAnswer.accept(remoteSdp)?.remote;
        tell({ type: 'provisional', sipStatus, remote });
      },
      onAttempt: ({ targetId, status: sipStatus, reason, elapsedMs }) => {
        const sipReason = cutReason(reason);
        const where = whereOf(request, targetId);
        tell({ type: 'attempt', targetId, ...where, sipStatus, sipReason, elapsedMs });
      },
      onAnswered: (established) => {
        if (this.#outcome === 'picked-up') void established.hangup();
        else onAnswered(established);
      },
      onFailed: (sipStatus, reason) => {
        if (this.#outcome === 'picked-up') return;
        this.#outcome = 'failed';
        tell({ type: 'failed', sipStatus, sipReason: cutReason(reason) });
      },
    };
  }
}

function whereOf({ targets }: Pick<DialRequest, 'targets'>, targetId: string) {
  const target = targets.find(({ id }) => id === targetId);
  if (target === undefined) return {};
  const { host: gateway, carrier } = target;
  return { gateway, ...(carrier !== undefined && { carrier }) };
}
