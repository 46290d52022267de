const MAX_CALL_IDS = 4_096;
const MAX_SEQUENCE = 2 ** 31 - 1;

/** CSeq by Call-ID: a registrar takes a refresh only with a higher one than before (RFC 3261 section 10.3). */
export class SequenceNumbers {
  readonly #last = new Map<string, number>();
  readonly #firstOne: () => number;

  /** A Call-ID may be older than this process: the wall clock, in seconds, was lower then. */
  constructor(firstOne: () => number = () => Math.floor(Date.now() / 1_000)) {
    this.#firstOne = firstOne;
  }

  next(callId: string): number {
    const number = ((this.#last.get(callId) ?? this.#firstOne()) % MAX_SEQUENCE) + 1;
    this.#last.delete(callId);
    this.#last.set(callId, number);
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= MAX_CALL_IDS) break;
      this.#last.delete(oldest);
    }
    return number;
  }
}
