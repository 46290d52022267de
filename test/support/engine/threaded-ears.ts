import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RtpContinuity } from '../rtp/rtp-continuity.ts';
import { within } from './until.ts';

/** What a far end on its own thread heard; times in milliseconds since 1970. */
export interface EarsReport extends RtpContinuity {
  readonly payloadTypes: readonly number[];
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

const LIMIT_MS = 10_000;

/** An RTP far end whose clock does not stop when the thread of the test does. */
export class ThreadedEars {
  readonly port: number;
  readonly #worker: Worker;

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.port = port;
  }

  static async open(address: string): Promise<ThreadedEars> {
    const worker = new Worker(new URL('./ears-worker.ts', import.meta.url), {
      workerData: address,
    });
    const [port] = (await within(LIMIT_MS, 'the ears open', once(worker, 'message'))) as [number];
    return new ThreadedEars(worker, port);
  }

  /** What was heard so far; closes the socket. */
  async close(): Promise<EarsReport> {
    const report = once(this.#worker, 'message');
    this.#worker.postMessage('close');
    const [heard] = (await within(LIMIT_MS, 'the ears report', report)) as [EarsReport];
    await this.#worker.terminate();
    return heard;
  }
}
