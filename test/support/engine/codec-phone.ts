import { randomBytes } from 'node:crypto';
import { SipClient } from '../../../src/cli/caller/sip-client.ts';
import type { NativeMediaEngine } from '../../../src/io/native-media-engine.ts';
import { rtpRemoteOf } from '../../../src/io/rtp-remote.ts';
import { createSrtpKeys } from '../../../src/io/srtp-keys.ts';
import {
  DEFAULT_VAD,
  type MediaAudio,
  type MediaListener,
} from '../../../src/media/media-engine.ts';
import type { AudioCodec } from '../../../src/sdp/audio-codec.ts';
import type { SrtpMode } from '../../../src/sdp/media-terms.ts';
import type { NegotiatedAudio } from '../../../src/sdp/negotiated-audio.ts';
import { acceptAnswer, createOffer } from '../../../src/sdp/offer-answer.ts';
import type { Remote } from './running-engine.ts';
import { resample } from './sound.ts';

export interface CodecPhoneOptions {
  readonly remote: Remote;
  /** Its ears and its voice. */
  readonly media: NativeMediaEngine;
  readonly codecs: readonly AudioCodec[];
  readonly srtp?: SrtpMode;
  readonly ptimeMs?: number;
}

const QUIET = 300;
const LEAD_SLOTS = 20;

/** A telephone that speaks every codec, plain and encrypted, through a media engine of its own. */
export class CodecPhone implements MediaListener {
  readonly #slots: Int16Array[] = [];
  readonly #waiting: (() => void)[] = [];
  #sampleRateHz = 8_000;
  #hasHeardWords = false;
  status = 0;
  agreed: NegotiatedAudio | undefined;
  hangUp: () => Promise<void> = () => Promise.resolve();

  static async call({ remote, media, ...options }: CodecPhoneOptions): Promise<CodecPhone> {
    const phone = new CodecPhone();
    const session = media.openSession({ rtpTimeoutMs: 0, duckDb: 0, vad: DEFAULT_VAD }, phone);
    const { codecs, srtp: mode = 'off', ptimeMs = 20 } = options;
    const sip = await SipClient.open({
      ...remote,
      toUser: 'demo',
      fromUser: `phone-${randomBytes(3).toString('hex')}`,
      localHost: '127.0.0.1',
    });
    const offer = createOffer({
      address: '127.0.0.1',
      port: session.localPort,
      sessionId: 1,
      codecs,
      ptimeMs,
      srtp: { mode, keys: createSrtpKeys() },
    });
    phone.hangUp = async () => {
      if (phone.status < 300) await sip.bye();
      sip.close();
      session.close();
    };
    const answer = await sip.invite(offer);
    phone.status = answer.status;
    const accepted = acceptAnswer(offer, answer.body);
    if (!accepted.ok) return phone;
    phone.agreed = accepted.remote;
    session.connect(rtpRemoteOf(accepted.remote, accepted.remote.address, {}));
    return phone;
  }

  onAudio({ received, sampleRateHz }: MediaAudio): void {
    this.#sampleRateHz = sampleRateHz;
    const isQuiet = received.every((sample) => Math.abs(sample) < QUIET);
    // A little of the silence before the words stays, as they may begin softly.
    if (isQuiet && !this.#hasHeardWords) this.#slots.splice(0, this.#slots.length - LEAD_SLOTS);
    else this.#hasHeardWords = true;
    this.#slots.push(received.slice());
    for (const wake of this.#waiting.splice(0)) wake();
  }

  onEvent(): void {}

  /** What it has heard since the first word, as a telephone line would carry it, once it was so long. */
  async heardWords(durationMs: number): Promise<Int16Array> {
    while (!this.#hasHeardWords || this.#slots.length * 20 < durationMs) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
    const samples = Int16Array.from(this.#slots.flatMap((slot) => [...slot]));
    return resample(samples, this.#sampleRateHz, 8_000);
  }
}
