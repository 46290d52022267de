import { randomInt } from 'node:crypto';
import type { RtpRemote } from '../media/media-engine.ts';
import { isUnspecified } from '../sdp/ip-address.ts';
import type { NegotiatedAudio } from '../sdp/negotiated-audio.ts';
import { acceptAnswer, answerOffer, createOffer } from '../sdp/offer-answer.ts';

const MAX_SESSION_ID = 2 ** 47;

export interface LocalDescription {
  readonly sdp: string;
  /** Where the far end takes audio; undefined when it takes none for now (hold by `0.0.0.0`). */
  readonly remote: RtpRemote | undefined;
}

/** The session descriptions of one call: one origin, a version that rises with every change (RFC 3264 section 8). */
export class CallSdp {
  readonly #address: string;
  readonly #sessionId = randomInt(1, MAX_SESSION_ID);
  #sessionVersion = 1;
  #sent: string | undefined;

  /** @param address - where the far end finds our media ports */
  constructor(address: string) {
    this.#address = address;
  }

  offer(port: number): string {
    const sdp = createOffer(this.#local(port));
    this.#sent = sdp;
    return sdp;
  }

  /** `undefined`: nothing in the offer that we speak. */
  answer(offerSdp: string, port: number): LocalDescription | undefined {
    let answer = answerOffer(offerSdp, this.#local(port));
    if (answer.ok && this.#sent !== undefined && answer.sdp !== this.#sent) {
      this.#sessionVersion += 1;
      answer = answerOffer(offerSdp, this.#local(port));
    }
    if (!answer.ok) return undefined;
    this.#sent = answer.sdp;
    return { sdp: answer.sdp, remote: rtpRemoteOf(answer.remote) };
  }

  /** Reads the far end's answer to our last offer. */
  accept(answerSdp: string): RtpRemote | undefined {
    if (this.#sent === undefined) return undefined;
    const result = acceptAnswer(this.#sent, answerSdp);
    return result.ok ? rtpRemoteOf(result.remote) : undefined;
  }

  #local(port: number) {
    const address = this.#address;
    return { address, port, sessionId: this.#sessionId, sessionVersion: this.#sessionVersion };
  }
}

function rtpRemoteOf({ direction: _, ...remote }: NegotiatedAudio): RtpRemote | undefined {
  return isUnspecified(remote.address) ? undefined : remote;
}
