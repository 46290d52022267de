import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../native/bench', import.meta.url));
const PROGRAMS = new URL('../../../build/bench/', import.meta.url);

/** A program of `native/bench`: words in, a line of JSON out for each line that asks something. */
export class LineProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #gone: Promise<never>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
    this.#gone = once(child, 'exit').then(([code]) => {
      throw new Error(`${child.spawnfile} ended with ${code}`);
    });
    // Heard by whoever is asking then; otherwise it was told to end.
    this.#gone.catch(() => undefined);
  }

  /** Builds it when its sources have changed. */
  static start(name: string, args: readonly string[]): LineProgram {
    const { status, stdout, stderr } = spawnSync('make', ['-C', SOURCES], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the bench's programs cannot be built:\n${stdout}${stderr}`);
    const path = fileURLToPath(new URL(name, PROGRAMS));
    return new LineProgram(spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  tell(words: string): void {
    this.#child.stdin.write(`${words}\n`);
  }

  async ask(words: string): Promise<unknown> {
    const answer = this.answer();
    this.tell(words);
    return answer;
  }

  /** The next line, parsed. */
  async answer(): Promise<unknown> {
    const [line] = await Promise.race([once(this.#lines, 'line'), this.#gone]);
    return JSON.parse(line);
  }

  /** The end of its input is its end. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    await exited;
  }
}
