import type { RAck } from '../rack.ts';

/**
 * The reliable provisional responses that we receive in one dialog, RFC 3262 section 4: in the order of RSeq, each once. What comes
 * out of order is dropped; its sender repeats it.
 */
export class ReceivedProvisionals {
  #requestSequence: number | undefined;
  #responseSequence = 0;
  #isAcknowledged = true;

  /** Whether this one is the next one; `requestSequence` is the CSeq of the INVITE that it answers. */
  accept(requestSequence: number, responseSequence: number): boolean {
    const isFirst = this.#requestSequence !== requestSequence;
    if (!isFirst && responseSequence !== this.#responseSequence + 1) return false;
    this.#requestSequence = requestSequence;
    this.#responseSequence = responseSequence;
    this.#isAcknowledged = false;
    return true;
  }

  awaits({ requestSequence, responseSequence }: RAck): boolean {
    return (
      !this.#isAcknowledged &&
      requestSequence === this.#requestSequence &&
      responseSequence === this.#responseSequence
    );
  }

  /** Our PRACK of the latest one was sent. */
  acknowledge(): void {
    this.#isAcknowledged = true;
  }
}
