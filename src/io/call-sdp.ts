import { randomInt } from 'node:crypto';
import type { RtpRemote } from '../media/media-engine.ts';
import type { AudioCodec } from '../sdp/audio-codec.ts';
import { isSending } from '../sdp/direction.ts';
import { isUnspecified, reachableAddress } from '../sdp/ip-address.ts';
import type { NegotiatedAudio } from '../sdp/negotiated-audio.ts';
import { acceptAnswer, answerOffer, createOffer } from '../sdp/offer-answer.ts';
import type { DialTarget } from '../signaling/signaling.ts';
import { type MediaAddress, mediaAddressFor } from './media-address.ts';

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

/** The session descriptions of one call: one origin, a version that rises with every change (RFC 3264 section 8). */
export class CallSdp {
  readonly #addressFor: MediaAddress;
  /** Where the far end finds our media ports, once somebody was told. */
  #address: string | undefined;
  readonly #sessionId = randomInt(1, MAX_SESSION_ID);
  #sessionVersion = 1;
  #sent: string | undefined;
  #before: string | undefined;
  /** The far end's host by its signalling; empty while it is not known. */
  signallingAddress = '';
  /** What the carrier takes, in this order; undefined: all that we speak. */
  codecs: readonly AudioCodec[] | undefined;
  /** We hold. */
  isHolding = false;

  /** @param address - where the far end finds our media ports */
  constructor(address: MediaAddress, codecs?: readonly AudioCodec[]) {
    this.#addressFor = address;
    this.codecs = codecs;
  }

  /** For a way of its own. */
  offerFor(port: number, { codecs, ...peer }: Pick<DialTarget, 'codecs' | 'host' | 'id'>): string {
    this.#address = mediaAddressFor(this.#addressFor, peer);
    this.codecs = codecs;
    return this.offer(port);
  }

  offer(port: number): string {
    return this.#publish(createOffer(this.#local(port)), () => createOffer(this.#local(port)));
  }

  /** Our last offer was refused: the session is as it was before it. */
  withdraw(): void {
    this.#sent = this.#before;
  }

  /** `undefined`: nothing in the offer that we speak. */
  answer(offerSdp: string, port: number): LocalDescription | undefined {
    const answer = answerOffer(offerSdp, this.#local(port));
    if (!answer.ok) return undefined;
    const sdp = this.#publish(answer.sdp, () => {
      const again = answerOffer(offerSdp, this.#local(port));
      return again.ok ? again.sdp : answer.sdp;
    });
    return { sdp, ...this.#remoteAudioOf(answer.remote) };
  }

  /** Reads the far end's answer to our last offer. */
  accept(answerSdp: string): RemoteAudio | undefined {
    if (this.#sent === undefined) return undefined;
    const result = acceptAnswer(this.#sent, answerSdp);
    return result.ok ? this.#remoteAudioOf(result.remote) : undefined;
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

  #local(port: number) {
    const { isHolding, codecs } = this;
    // It stays for as long as the call does.
    this.#address ??= mediaAddressFor(this.#addressFor, { host: this.signallingAddress });
    const [sessionId, sessionVersion] = [this.#sessionId, this.#sessionVersion];
    return {
      address: this.#address,
      port,
      sessionId,
      sessionVersion,
      isHolding,
      ...(codecs && { codecs }),
    };
  }

  #remoteAudioOf({ direction, ...said }: NegotiatedAudio): RemoteAudio {
    const isHeld = !isSending(direction);
    if (isUnspecified(said.address)) return { remote: undefined, isHeld: true };
    const address = reachableAddress(said.address, this.signallingAddress);
    return { remote: { ...said, address, sampleRateHz: 8000 }, isHeld };
  }
}

function withoutOrigin(sdp: string): string {
  return sdp.replace(/^o=.*$/m, '');
}
