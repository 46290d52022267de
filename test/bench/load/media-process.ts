import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('./media-child.ts', import.meta.url));
const MAX_ANSWER_MS = 15_000;

export type MediaQuestion =
  | { readonly type: 'start'; readonly threads: number }
  | {
      readonly type: 'open';
      readonly count: number;
      readonly remotePort: number;
      /** Of the synthesiser's audio. */
      readonly agentRateHz: number;
      /** Where each call is recorded; undefined = nowhere. */
      readonly recordIn: string | undefined;
    }
  | { readonly type: 'block'; readonly ms: number }
  | { readonly type: 'close' };

export interface MediaAnswer {
  readonly ports?: readonly number[];
  readonly closed?: ClosedCalls;
}

/** Of all calls together. */
export interface ClosedCalls {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly concealedMs: number;
  readonly audioSlotsLost: number;
}

export interface MediaProcessOptions {
  readonly threads: number;
  /** Every thread of it runs there; undefined = anywhere. */
  readonly cpu: number | undefined;
}

/** The media engine without the rest of the product, as a child process. */
export class MediaProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<never>;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.#gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the media process ended with ${code}`);
    });
    // Heard by whoever is asking then; otherwise it was told to end.
    this.#gone.catch(() => undefined);
  }

  static async start({ threads, cpu }: MediaProcessOptions): Promise<MediaProcess> {
    const child = fork(MODULE, [], { execArgv: ['--expose-gc'] });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error('the media process did not start');
    // Before it makes a thread: all inherit it.
    if (cpu !== undefined) pin(child.pid, cpu);
    const media = new MediaProcess(child, child.pid);
    await media.#ask({ type: 'start', threads });
    return media;
  }

  /** @returns the RTP ports of the calls, each with an agent that speaks */
  async open(calls: Omit<MediaQuestion & { type: 'open' }, 'type'>): Promise<readonly number[]> {
    const { ports } = await this.#ask({ type: 'open', ...calls });
    return ports ?? [];
  }

  /** Resolves when JavaScript goes on. */
  async blockJavaScript(ms: number): Promise<void> {
    await this.#ask({ type: 'block', ms });
  }

  async closeCalls(): Promise<ClosedCalls> {
    const { closed } = await this.#ask({ type: 'close' });
    if (closed === undefined) throw new Error('the media process did not say what it had');
    return closed;
  }

  /** An engine that is too busy to end is killed. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), MAX_ANSWER_MS);
    this.#child.disconnect();
    await exited;
    clearTimeout(impatience);
  }

  /** Rejects when the engine is so overloaded that JavaScript does not get to answer. */
  async #ask(question: MediaQuestion): Promise<MediaAnswer> {
    const signal = AbortSignal.timeout(MAX_ANSWER_MS);
    const answered = once(this.#child, 'message', { signal });
    this.#child.send(question);
    const [answer] = await Promise.race([answered, this.#gone]);
    return answer as MediaAnswer;
  }
}

/** All threads that the process has already, too. */
function pin(pid: number, cpu: number): void {
  const { status, error } = spawnSync('taskset', ['-a', '-c', '-p', String(cpu), String(pid)], {
    stdio: 'ignore',
  });
  if (status !== 0)
    throw new Error('taskset cannot pin the engine to a processor', { cause: error });
}
