import { LineProgram } from '../load/line-program.ts';
import type { Condition } from './conditions.ts';

/** Where the engine finds the two far ends of a line. */
export interface LinePorts {
  /** The relay in front of the caller. */
  readonly relayPort: number;
  readonly listenerPort: number;
}

export interface LineReport {
  /** When the caller's first packet was sent, on the monotonic clock. */
  readonly begunAtMs: number;
  readonly sent: number;
  /** Places in the stream, 20 ms each. */
  readonly lost: readonly number[];
  readonly duplicated: number;
}

/** Callers behind a seeded relay, and their listeners, in a native process with a clock of its own. */
export class ImpairedLines {
  readonly #program: LineProgram;
  readonly #seed: number;
  #lines = 0;

  /** What the listeners hear is written to `folder` as LINE.packets. */
  constructor(speechPath: string, folder: string, seed: number) {
    this.#program = LineProgram.start('rtp_impair', [speechPath, folder]);
    this.#seed = seed;
  }

  async add(condition: Condition): Promise<LinePorts> {
    const { lossPercent = 0, burst, jitterMs = 0, skewPpm = 0 } = condition;
    const { reorderPercent = 0, duplicatePercent = 0 } = condition;
    const words = [
      this.#seed + this.#lines++,
      lossPercent / 100,
      (burst?.beginsPercent ?? 0) / 100,
      (burst?.endsPercent ?? 100) / 100,
      jitterMs,
      reorderPercent / 100,
      duplicatePercent / 100,
      skewPpm,
    ];
    return (await this.#program.ask(`line ${words.join(' ')}`)) as LinePorts;
  }

  async connect(line: number, enginePort: number): Promise<void> {
    await this.#program.ask(`engine ${line} ${enginePort}`);
  }

  /** All speak for so long. */
  async run(durationMs: number): Promise<readonly LineReport[]> {
    const { lines } = (await this.#program.ask(`run ${durationMs}`)) as {
      readonly lines: readonly LineReport[];
    };
    return lines;
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
