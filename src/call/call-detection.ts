import type { MediaDetection, RtpRemote } from '../media/media-engine.ts';
import type { MediaCommand } from './call-io.ts';
import type { CallSpec } from './call-spec.ts';

/** Tones of the network and of machines come in early media and soon after the answer. */
export const TONES_AFTER_ANSWER_MS = 60_000;

/** What is listened for in the audio of a call besides speech. */
export class CallDetection {
  readonly #spec: Pick<CallSpec, 'direction' | 'dtmfType'>;
  #current: MediaDetection = { inbandDtmf: false, tones: false };
  #hasPassed = false;

  constructor(spec: Pick<CallSpec, 'direction' | 'dtmfType'>) {
    this.#spec = spec;
  }

  /** Keys are tones in the audio where the far end did not agree to events. */
  handleRemote(remote: RtpRemote): MediaCommand | undefined {
    const hasEvents = remote.telephoneEventPayloadType !== undefined;
    return this.#set({
      inbandDtmf: !hasEvents || this.#spec.dtmfType === 'tones',
      tones: this.#spec.direction === 'outbound' && !this.#hasPassed,
    });
  }

  /** {@link TONES_AFTER_ANSWER_MS} have passed. */
  handleTimeout(): MediaCommand | undefined {
    this.#hasPassed = true;
    return this.#set({ ...this.#current, tones: false });
  }

  #set(detection: MediaDetection): MediaCommand | undefined {
    const { inbandDtmf, tones } = this.#current;
    if (inbandDtmf === detection.inbandDtmf && tones === detection.tones) return undefined;
    this.#current = detection;
    return { type: 'media-detect', detection };
  }
}
