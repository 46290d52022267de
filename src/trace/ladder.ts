import type { CapturedMessage, TraceAddress, TraceTransport } from './captured-message.ts';

/** A message of a ladder, masked. */
export interface LadderMessage {
  readonly atUs: number;
  readonly direction: 'in' | 'out';
  readonly transport: TraceTransport;
  readonly local: TraceAddress;
  readonly remote: TraceAddress;
  /** The whole message, one character per octet. */
  readonly text: string;
}

/** The SIP messages of one call over all its legs, in the order of the sockets. */
export interface Ladder {
  readonly messages: readonly LadderMessage[];
  /** Messages left out for want of room, between {@link omittedAfter} messages and the rest. */
  readonly omitted: number;
  readonly omittedAfter: number;
}

export interface LadderLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Keeps the first and the last messages of a call; what is between them is counted when there is no room for it. */
export class LadderRecorder {
  readonly #limits: LadderLimits;
  readonly #first: CapturedMessage[] = [];
  readonly #last: CapturedMessage[] = [];
  #firstBytes = 0;
  #lastBytes = 0;
  #isFirstFull = false;
  #omitted = 0;

  constructor(limits: LadderLimits) {
    this.#limits = limits;
  }

  add(message: CapturedMessage): void {
    const { maxMessages, maxBytes } = this.#limits;
    const size = message.bytes.length;
    this.#isFirstFull ||=
      this.#first.length >= maxMessages / 2 || this.#firstBytes + size > maxBytes / 2;
    if (!this.#isFirstFull) {
      this.#first.push(message);
      this.#firstBytes += size;
      return;
    }
    this.#last.push(message);
    this.#lastBytes += size;
    while (this.#last.length > maxMessages / 2 || this.#lastBytes > maxBytes / 2) {
      this.#lastBytes -= this.#last.shift()?.bytes.length ?? 0;
      this.#omitted++;
    }
  }

  /** `mask` makes of the octets what may be shown. */
  ladder(mask: (bytes: Uint8Array) => string): Ladder {
    const messages = [...this.#first, ...this.#last].map(({ bytes, ...message }) => ({
      ...message,
      text: mask(bytes),
    }));
    return { messages, omitted: this.#omitted, omittedAfter: this.#first.length };
  }
}
