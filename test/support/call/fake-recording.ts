import { openSync, writeFileSync } from 'node:fs';
import { stereoWav } from '../wav.ts';

/** Writes a recording at its end, as the media engine would have done in time. */
export class FakeRecording {
  readonly errno: number;
  isPaused = false;
  readonly #file: number | undefined;
  readonly #frames: number[] = [];

  constructor(path: string) {
    try {
      this.#file = openSync(path, 'wx', 0o600);
      this.errno = 0;
    } catch (error) {
      this.errno = -((error as NodeJS.ErrnoException).errno ?? -1);
    }
  }

  append(received: Int16Array, sent: Int16Array): void {
    for (const [at, sample] of received.entries()) {
      this.#frames.push(...(this.isPaused ? [0, 0] : [sample, sent[at] ?? 0]));
    }
  }

  /** Returns the length in ms. */
  save(): number {
    if (this.#file === undefined) return 0;
    writeFileSync(this.#file, stereoWav(Int16Array.from(this.#frames), 8_000));
    return this.#frames.length / 2 / 8;
  }
}
