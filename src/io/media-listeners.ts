import type { MediaEvent, MediaListener } from '../media/media-engine.ts';

interface Entry {
  readonly listener: MediaListener;
  isClosed: boolean;
  /** Begun, their ends not told. */
  recordings: number;
}

/** Who hears of a session, by its id: until it is closed and its recordings are. */
export class MediaListeners {
  readonly #entries = new Map<number, Entry>();

  add(sessionId: number, listener: MediaListener): void {
    this.#entries.set(sessionId, { listener, isClosed: false, recordings: 0 });
  }

  expectRecording(sessionId: number): void {
    const entry = this.#entries.get(sessionId);
    if (entry !== undefined) entry.recordings += 1;
  }

  of(sessionId: number): MediaListener | undefined {
    return this.#entries.get(sessionId)?.listener;
  }

  /** The listener is about to be told: it is forgotten when that is the last it hears. */
  observe(sessionId: number, { type }: MediaEvent): void {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    if (type === 'closed') entry.isClosed = true;
    else if (type === 'recording-ended') entry.recordings -= 1;
    if (entry.isClosed && entry.recordings === 0) this.#entries.delete(sessionId);
  }
}
