import { Deferred } from './deferred.ts';
import type { LiveCalls } from './live-calls.ts';
import { sendReinvite } from './reinvite.ts';
import { sdpBodyOf, sdpTextOf } from './sdp-body.ts';
import type { EstablishedCall } from './signaling.ts';
import { SipFailure } from './sip-failure.ts';
import type { SrfDialog, SrfRequest, SrfResponse } from './srf-client.ts';

const REQUEST_PENDING = 491;

export interface DialogOffersOptions {
  readonly dialog: SrfDialog;
  readonly liveCalls: LiveCalls;
  readonly localSdp: string;
  readonly isOver: () => boolean;
}

/** Offers and answers within a confirmed dialog: re-INVITE both ways, UPDATE from the peer (RFC 3261 section 14, RFC 3311, RFC 6337). */
export class DialogOffers {
  onOffer: EstablishedCall['onReinvite'];
  readonly #options: DialogOffersOptions;
  #localSdp: string;
  /** CSeq of the peer's re-INVITE that we answered with an offer: its ACK has the answer. The ACK of another one may be told later than it came. */
  #offeredIn: string | undefined;
  /** Ends when every re-INVITE of ours so far has its outcome. */
  #sending: Promise<unknown> = Promise.resolve();
  #isSending = false;
  readonly #over = new Deferred<never>();

  constructor(options: DialogOffersOptions) {
    this.#options = options;
    this.#localSdp = options.localSdp;
    // The rejection is for a re-INVITE that is out; there may be none.
    this.#over.promise.catch(() => undefined);
  }

  /** The dialog is over: nobody may answer a re-INVITE of ours any more (RFC 5407 section 3.1.2). */
  abandon(): void {
    this.#over.reject(new SipFailure(481, 'the call is over'));
  }

  /** Our re-INVITE, after those before it. Rejects with a {@link SipFailure}. */
  send(localSdp: string): Promise<string> {
    const sent = this.#sending.then(() => this.#send(localSdp));
    this.#sending = sent.catch(() => undefined);
    return sent;
  }

  handleReinvite(req: SrfRequest, res: SrfResponse): void {
    // The ACK came before, but the library tells of it a turn later: its answer belongs before this offer.
    if (this.#offeredIn === undefined) this.#handleOffer(req, res);
    else setImmediate(() => this.#handleOffer(req, res));
  }

  #handleOffer(req: SrfRequest, res: SrfResponse): void {
    const body = sdpBodyOf(req);
    if (this.#options.isOver()) {
      res.send(481);
    } else if (this.#isSending) {
      // An offer of ours is out (RFC 3261 section 14.2, RFC 3311 section 5.2).
      res.send(REQUEST_PENDING);
    } else if (body.kind === 'other') {
      res.send(415, { headers: { Accept: 'application/sdp' } });
    } else if (body.kind === 'none') {
      this.#offeredIn = sequenceOf(req);
      this.#sendSdp(res);
    } else if (this.onOffer === undefined) {
      // It may be in the same piece of input as what made the dialog: the application listens a moment later.
      setImmediate(() => this.#answerOffer(body.sdp, res));
    } else {
      this.#answerOffer(body.sdp, res);
    }
  }

  handleUpdate(req: SrfRequest, res: SrfResponse): void {
    // Without a description it refreshes the session and says no more.
    if (sdpBodyOf(req).kind === 'none') res.send(200, { headers: this.#contact() });
    else this.handleReinvite(req, res);
  }

  /** The answer to the offer in our 200 to a re-INVITE without one: what it says of the peer is read like an offer. */
  handleAck(req: SrfRequest): void {
    if (this.#offeredIn === undefined || sequenceOf(req) !== this.#offeredIn) return;
    this.#offeredIn = undefined;
    const answer = sdpTextOf(req);
    if (answer !== undefined && !this.#options.isOver()) this.#tell(answer, true);
  }

  async #send(localSdp: string): Promise<string> {
    const { dialog, isOver } = this.#options;
    this.#isSending = true;
    try {
      const answer = sendReinvite({
        dialog,
        localSdp,
        isOver,
        onGlare: (isWaiting) => {
          this.#isSending = !isWaiting;
        },
      });
      const remoteSdp = await Promise.race([answer, this.#over.promise]);
      if (remoteSdp === '') throw new SipFailure(488, 'no session description in the answer');
      this.#localSdp = localSdp;
      dialog.local.sdp = localSdp;
      return remoteSdp;
    } finally {
      this.#isSending = false;
    }
  }

  /** A refusal leaves the session as it was (RFC 3261 section 14.2). */
  #answerOffer(offer: string, res: SrfResponse): void {
    const answer = this.#tell(offer, false);
    if (answer === undefined) {
      res.send(488);
      return;
    }
    this.#localSdp = answer;
    this.#options.dialog.local.sdp = answer;
    this.#sendSdp(res);
  }

  #tell(remoteSdp: string, isAnswer: boolean): string | undefined {
    return this.#options.liveCalls.tell(() => this.onOffer?.(remoteSdp, isAnswer));
  }

  #sendSdp(res: SrfResponse): void {
    const headers = { ...this.#contact(), 'Content-Type': 'application/sdp' };
    res.send(200, { body: this.#localSdp, headers });
  }

  #contact(): Record<string, string> {
    return { Contact: this.#options.dialog.local.contact };
  }
}

/** The number of its CSeq. */
function sequenceOf(req: SrfRequest): string {
  return (req.get('cseq') ?? '').split(/\s/, 1)[0] ?? '';
}
