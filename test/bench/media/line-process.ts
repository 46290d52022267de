import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MediaSessionStats } from '../../../src/media/media-engine.ts';

const MODULE = fileURLToPath(new URL('./line-child.ts', import.meta.url));

export type LineQuestion =
  | { readonly type: 'open'; readonly relayPort: number; readonly listenerPort: number }
  | { readonly type: 'finish'; readonly folder: string };

export interface LineAnswer {
  readonly enginePort?: number;
  readonly results?: readonly LineResult[];
}

export interface LineResult {
  /** When the first slot of what was heard was handed up, on the monotonic clock. */
  readonly startMs: number;
  readonly stats: MediaSessionStats;
  /** When the detector decided that speech began, on the same clock. */
  readonly speechStartedMs: readonly number[];
}

/** The engine whose lines are impaired, as a child process: what judges it does not share its JavaScript. */
export class LineProcess {
  readonly #child: ChildProcess = fork(MODULE, [], { execArgv: [] });
  readonly #gone = once(this.#child, 'exit').then(([code]) => {
    throw new Error(`the engine's process ended with ${code}`);
  });

  constructor() {
    // Heard by whoever is asking then; otherwise it was told to end.
    this.#gone.catch(() => undefined);
  }

  async open(relayPort: number, listenerPort: number): Promise<number> {
    const { enginePort } = await this.#ask({ type: 'open', relayPort, listenerPort });
    return enginePort ?? 0;
  }

  /** Ends every call. What each heard is then in `folder` as LINE.heard. */
  async finish(folder: string): Promise<readonly LineResult[]> {
    const { results } = await this.#ask({ type: 'finish', folder });
    return results ?? [];
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #ask(question: LineQuestion): Promise<LineAnswer> {
    const answered = once(this.#child, 'message');
    this.#child.send(question);
    const [answer] = await Promise.race([answered, this.#gone]);
    return answer as LineAnswer;
  }
}
