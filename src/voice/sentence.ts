import { type PcmFrame, pcmDurationMs } from '../audio/pcm-frame.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { PlayedSentence } from './heard-text.ts';

/** A synthesiser that does not stop is cut. */
const MAX_SENTENCE_MS = 120_000;

export type SentenceState = 'queued' | 'requested' | 'synthesized' | 'abandoned';

/** One sentence of a playout: its audio on the way from the synthesiser to the media engine. */
export class Sentence {
  readonly text: string;
  /** What it is spoken with when it needs no synthesis. */
  readonly given: PcmFrame | undefined;
  /** Names the synthesis and the mark. */
  readonly id: number;
  state: SentenceState;
  /** While requested: nothing by then and the synthesis counts as stalled. */
  stallsAtMs: MonotonicMs | undefined;
  markReached = false;
  /** Audio that waits for the sentences before it. */
  #held: PcmFrame[] = [];
  #receivedMs = 0;
  #writtenMs = 0;

  constructor(id: number, text: string, given?: PcmFrame) {
    this.id = id;
    this.text = text;
    this.given = given;
    this.state = given ? 'synthesized' : 'queued';
    if (given) this.receive(given);
  }

  get isWritten(): boolean {
    return this.#writtenMs > 0;
  }

  get receivedMs(): number {
    return this.#receivedMs;
  }

  receive(audio: PcmFrame): void {
    if (audio.samples.length === 0 || this.#receivedMs >= MAX_SENTENCE_MS) return;
    this.#receivedMs += pcmDurationMs(audio);
    this.#held.push(audio);
  }

  /** Its turn has come: what is there to be written. */
  takeAudio(): readonly PcmFrame[] {
    const audio = this.#held;
    this.#held = [];
    this.#writtenMs = this.#receivedMs;
    return audio;
  }

  get played(): PlayedSentence {
    return {
      text: this.text,
      writtenMs: this.#writtenMs,
      isComplete: this.state === 'synthesized',
      markReached: this.markReached,
    };
  }
}
