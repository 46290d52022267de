import { randomInt } from 'node:crypto';
import type { RtpRemote } from '../media/media-engine.ts';
import { isSending } from '../sdp/direction.ts';
import { isUnspecified, reachableAddress } from '../sdp/ip-address.ts';
import { isSameKey, type LocalSrtp, type SrtpKeys } from '../sdp/media-security.ts';
import { DEFAULT_SRTP_MODE, type MediaTerms, type SrtpMode } from '../sdp/media-terms.ts';
import type { NegotiatedAudio, OfferAnswerFailure } from '../sdp/negotiated-audio.ts';
import {
  type AnswerOfferResult,
  acceptAnswer,
  answerOffer,
  createOffer,
  type LocalAudio,
} from '../sdp/offer-answer.ts';
import type { DialTarget } from '../signaling/signaling.ts';
import { type MediaAddress, mediaAddressFor } from './media-address.ts';
import { rtpRemoteOf } from './rtp-remote.ts';
import { createSrtpKeys } from './srtp-keys.ts';

const MAX_SESSION_ID = 2 ** 47;

/** What a description says of the far end. */
export interface RemoteAudio {
  /** Where it takes audio; undefined when it gives no address for now (hold by `0.0.0.0`). */
  readonly remote: RtpRemote | undefined;
  /** It takes no audio for now (RFC 3264 section 8.4). */
  readonly isHeld: boolean;
}

export interface LocalDescription extends RemoteAudio {
  readonly sdp: string;
}

/** What is settled with one far end, for when another one takes its place after all. */
export interface PeerTerms {
  readonly terms: MediaTerms;
  readonly agreed?: NegotiatedAudio | undefined;
  /** Ours for this far end; left out: new ones. */
  readonly srtpKeys?: SrtpKeys | undefined;
}

/** The session descriptions of one call: one origin, a version that rises with every change (RFC 3264 section 8). */
export class CallSdp {
  readonly #addressFor: MediaAddress;
  /** Where the far end finds our media ports, once somebody was told. */
  #address: string | undefined;
  readonly #sessionId = randomInt(1, MAX_SESSION_ID);
  #sessionVersion = 1;
  #sent: string | undefined;
  #before: string | undefined;
  #terms: MediaTerms;
  /** What holds with the far end by its last description. */
  #agreed: NegotiatedAudio | undefined;
  /** Ours for this far end, once they are needed. */
  #srtpKeys: SrtpKeys | undefined;
  /** Our last offer cannot be answered without SRTP. */
  #offersOnlySrtp = false;
  #refusal: OfferAnswerFailure | undefined;
  /** The far end's host by its signalling; empty while it is not known. */
  signallingAddress = '';
  /** We hold. */
  isHolding = false;

  /** @param address - where the far end finds our media ports */
  constructor(address: MediaAddress, terms: MediaTerms = {}) {
    this.#addressFor = address;
    this.#terms = terms;
  }

  /** Why the last description of the far end was not taken. */
  get refusal(): OfferAnswerFailure | undefined {
    return this.#refusal;
  }

  get peerTerms(): PeerTerms {
    return { terms: this.#terms, agreed: this.#agreed, srtpKeys: this.#srtpKeys };
  }

  /** From here on it is about another far end, with which nothing is agreed unless it was before. */
  turnTo({ terms, agreed, srtpKeys }: PeerTerms): void {
    this.#terms = terms;
    this.#agreed = agreed;
    this.#srtpKeys = srtpKeys;
  }

  /** For a way of its own. */
  offerFor(
    port: number,
    { media = {}, ...peer }: Pick<DialTarget, 'media' | 'host' | 'id'>,
  ): string {
    this.#address = mediaAddressFor(this.#addressFor, peer);
    this.turnTo({ terms: media });
    return this.offer(port);
  }

  offer(port: number): string {
    this.#offersOnlySrtp = this.#srtpMode === 'required';
    return this.#publish(createOffer(this.#local(port)), () => createOffer(this.#local(port)));
  }

  /** Our last offer was refused: the session is as it was before it. */
  withdraw(): void {
    this.#sent = this.#before;
  }

  /**
   * `undefined`: nothing in the offer that we speak.
   * @param isAnswer - it is no offer, but answers our description as it stands
   */
  answer(offerSdp: string, port: number, isAnswer = false): LocalDescription | undefined {
    const answer = isAnswer
      ? answerOffer(offerSdp, this.#local(port))
      : this.#answerWithOwnKeys(offerSdp, port);
    this.#refusal = answer.ok ? undefined : answer.reason;
    if (!answer.ok) return undefined;
    const sdp = this.#publish(answer.sdp, () => {
      const again = answerOffer(offerSdp, this.#local(port));
      return again.ok ? again.sdp : answer.sdp;
    });
    return { sdp, ...this.#agree(answer.remote) };
  }

  /** Reads the far end's answer to our last offer. */
  accept(answerSdp: string): RemoteAudio | undefined {
    if (this.#sent === undefined) return undefined;
    const requiresSrtp = this.#offersOnlySrtp;
    const result = acceptAnswer(this.#sent, answerSdp, { ...this.#terms, requiresSrtp });
    this.#refusal = result.ok ? undefined : result.reason;
    return result.ok ? this.#agree(result.remote) : undefined;
  }

  /** Who changes its key gets a new one of ours for it (RFC 4568 section 7.1.4). */
  #answerWithOwnKeys(offerSdp: string, port: number): AnswerOfferResult {
    const answer = answerOffer(offerSdp, this.#local(port));
    const before = this.#agreed?.srtp;
    const now = answer.ok ? answer.remote.srtp : undefined;
    if (!before || !now || isSameKey(before.receiveKey, now.receiveKey)) return answer;
    this.#srtpKeys = undefined;
    return answerOffer(offerSdp, this.#local(port));
  }

  /** What is secured stays so: nobody on the way can take it off by a re-INVITE. */
  get #srtpMode(): SrtpMode {
    return this.#agreed?.srtp ? 'required' : (this.#terms.srtp ?? DEFAULT_SRTP_MODE);
  }

  #srtp(): LocalSrtp | undefined {
    if (this.#srtpMode === 'off') return undefined;
    this.#srtpKeys ??= createSrtpKeys();
    return { mode: this.#srtpMode, keys: this.#srtpKeys };
  }

  /** Sent once more as it was when it says the same; else with the next version. */
  #publish(sdp: string, withNextVersion: () => string): string {
    this.#before = this.#sent;
    if (this.#sent === undefined) this.#sent = sdp;
    else if (withoutOrigin(this.#sent) !== withoutOrigin(sdp)) {
      this.#sessionVersion += 1;
      this.#sent = withNextVersion();
    }
    return this.#sent;
  }

  #local(port: number): LocalAudio {
    const { codecs, ptimeMs } = this.#terms;
    const srtp = this.#srtp();
    // It stays for as long as the call does.
    this.#address ??= mediaAddressFor(this.#addressFor, { host: this.signallingAddress });
    return {
      address: this.#address,
      port,
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
      isHolding: this.isHolding,
      ...(codecs && { codecs }),
      ...(ptimeMs !== undefined && { ptimeMs }),
      ...(srtp && { srtp }),
      ...(this.#agreed && { agreed: this.#agreed }),
    };
  }

  #agree(agreed: NegotiatedAudio): RemoteAudio {
    this.#agreed = agreed;
    const isHeld = !isSending(agreed.direction);
    if (isUnspecified(agreed.address)) return { remote: undefined, isHeld: true };
    const address = reachableAddress(agreed.address, this.signallingAddress);
    return { remote: rtpRemoteOf(agreed, address, this.#terms), isHeld };
  }
}

function withoutOrigin(sdp: string): string {
  return sdp.replace(/^o=.*$/m, '');
}
