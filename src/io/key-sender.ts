import { DTMF_RELAY_TYPE, serializeDtmfInfo } from '../call/dtmf-info.ts';
import type { SendDigitsOptions } from '../media/media-engine.ts';
import type { DialTarget, EstablishedCall } from '../signaling/signaling.ts';

export interface KeySenderOptions {
  /** How keys go to a caller's carrier; of a call of ours its way says it. */
  readonly dtmfType?: DialTarget['dtmfType'];
  /** Sends keys by the media session: as telephone events where the far end agreed to them, or as tones. */
  readonly sendDigits: (digits: string, mode: SendDigitsOptions['mode']) => void;
  /** With whom the call is now; undefined once it is over. */
  readonly peer: () => EstablishedCall | undefined;
}

/** Sends keys to the far end of one call, in the way that its carrier takes them. */
export class KeySender {
  readonly #options: KeySenderOptions;
  /** Ends when every key so far was sent. */
  #pressing: Promise<void> = Promise.resolve();

  constructor(options: KeySenderOptions) {
    this.#options = options;
  }

  press(digits: string, target: DialTarget | undefined): void {
    const { dtmfType, sendDigits } = this.#options;
    const way = target === undefined ? dtmfType : target.dtmfType;
    if (way !== 'info') sendDigits(digits, way === 'tones' ? 'inband' : 'rfc4733');
    // One after the other, those of an earlier press before them: the order is the meaning.
    else this.#pressing = this.#pressing.then(() => this.#sendInfo(digits));
  }

  /** Never rejects. */
  async #sendInfo(digits: string): Promise<void> {
    for (const digit of digits) {
      await this.#options.peer()?.sendInfo(DTMF_RELAY_TYPE, serializeDtmfInfo(digit));
    }
  }
}
