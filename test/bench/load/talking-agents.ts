import type { MediaSession } from '../../../src/media/media-engine.ts';

const PIECE_MS = 100;
/** A synthesiser is twice as fast as speech. */
const TICK_MS = 50;
const CYCLE_TICKS = 120;

/**
 * An agent in each call that speaks for a third of the time: 2 s of every 6, begun at a moment of its own, written in pieces of 100 ms as they
 * would come from a synthesiser.
 */
export class TalkingAgents {
  static readonly REPLY_MS = 2_000;
  readonly #pieces: readonly Int16Array[];
  readonly #sampleRateHz: number;
  readonly #wheel: MediaSession[][] = Array.from({ length: CYCLE_TICKS }, () => []);
  readonly #timer: NodeJS.Timeout;
  readonly #startedAtMs = performance.now();
  #ticks = 0;

  constructor(sessions: readonly MediaSession[], reply: Int16Array, sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#pieces = cut(reply, (PIECE_MS * sampleRateHz) / 1_000);
    sessions.forEach((session, index) => {
      this.#wheel[index % CYCLE_TICKS]?.push(session);
    });
    this.#timer = setInterval(() => this.#catchUp(), TICK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #catchUp(): void {
    while (this.#startedAtMs + this.#ticks * TICK_MS <= performance.now()) this.#tick();
  }

  /** Every session whose reply began `n` ticks ago gets its piece `n`. */
  #tick(): void {
    this.#pieces.forEach((piece, age) => {
      const begunAt = this.#ticks - age;
      if (begunAt < 0) return;
      const playoutId = 1 + Math.floor(begunAt / CYCLE_TICKS);
      const isLast = age === this.#pieces.length - 1;
      for (const session of this.#wheel[begunAt % CYCLE_TICKS] ?? []) {
        session.write(playoutId, piece, this.#sampleRateHz);
        if (isLast) session.finish(playoutId);
      }
    });
    this.#ticks += 1;
  }
}

function cut(samples: Int16Array, size: number): readonly Int16Array[] {
  return Array.from({ length: Math.floor(samples.length / size) }, (_, index) =>
    samples.slice(index * size, (index + 1) * size),
  );
}
