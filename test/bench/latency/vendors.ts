import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { VendorShares } from './vendor-process.ts';

/** The vendors as a process of their own, so that neither the engine nor the callers wait for them. */
export class Vendors {
  readonly openaiUrl: string;
  readonly deepgramUrl: string;
  readonly #child: ReturnType<typeof fork>;

  private constructor(
    child: ReturnType<typeof fork>,
    urls: { openaiUrl: string; deepgramUrl: string },
  ) {
    this.#child = child;
    this.openaiUrl = urls.openaiUrl;
    this.deepgramUrl = urls.deepgramUrl;
  }

  static async start(): Promise<Vendors> {
    const child = fork(fileURLToPath(new URL('./vendor-process.ts', import.meta.url)), [], {
      execArgv: [],
    });
    const [urls] = await once(child, 'message');
    return new Vendors(child, urls as { openaiUrl: string; deepgramUrl: string });
  }

  /** What each vendor took, by the number of the utterance, since the last call. */
  async shares(): Promise<readonly VendorShares[]> {
    const answered = once(this.#child, 'message');
    this.#child.send('shares');
    const [shares] = await answered;
    return shares as readonly VendorShares[];
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
