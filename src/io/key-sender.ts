import { DTMF_RELAY_TYPE, serializeDtmfInfo } from '../call/dtmf-info.ts';
import type { DialTarget, EstablishedCall } from '../signaling/signaling.ts';

export interface KeySenderOptions {
  /** How keys go to a caller's carrier; of a call of ours its way says it. */
  readonly dtmfType?: DialTarget['dtmfType'];
  /** Sends keys in the audio. */
  readonly playDigits: (digits: string) => void;
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
    const { dtmfType, playDigits } = this.#options;
    if ((target === undefined ? dtmfType : target.dtmfType) !== 'info') playDigits(digits);
    // One after the other, those of an earlier press before them: the order is the meaning.
    else this.#pressing = this.#pressing.then(() => this.#sendDigits(digits));
  }

  /** Never rejects. */
  async #sendDigits(digits: string): Promise<void> {
    for (const digit of digits) {
      await this.#options.peer()?.sendInfo(DTMF_RELAY_TYPE, serializeDtmfInfo(digit));
    }
  }
}
