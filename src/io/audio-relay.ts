import type { MediaSession } from '../media/media-engine.ts';

const SAMPLE_RATE_HZ = 8_000;
/** More than this is waiting because the writer was late: it would be a delay for the rest of the call. */
const MAX_WAITING_SLOTS = 10;

/** Plays what one leg says on the other: a slot in, a slot out. */
export class AudioRelay {
  readonly #session: Pick<MediaSession, 'write' | 'finish'>;
  readonly #playoutId: number;
  #waitingSlots = 0;
  #hasWritten = false;

  constructor(session: Pick<MediaSession, 'write' | 'finish'>, playoutId: number) {
    this.#session = session;
    this.#playoutId = playoutId;
  }

  /** A slot of the leg that speaks. */
  write(samples: Int16Array): void {
    if (this.#waitingSlots >= MAX_WAITING_SLOTS) return;
    this.#waitingSlots += 1;
    this.#hasWritten = true;
    this.#session.write(this.#playoutId, samples, SAMPLE_RATE_HZ);
  }

  /** The leg that listens has been sent a slot. */
  handleSlot(): void {
    if (this.#waitingSlots > 0) this.#waitingSlots -= 1;
  }

  close(): void {
    if (this.#hasWritten) this.#session.finish(this.#playoutId);
  }
}
