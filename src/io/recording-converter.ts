import { Worker } from 'node:worker_threads';

export interface Conversion {
  readonly wavPath: string;
  readonly mp3Path: string;
  /** Where the WAV goes; left out, it is removed. */
  readonly keptPath?: string;
}

export interface ConversionRequest extends Conversion {
  readonly id: number;
}

export interface ConversionResult {
  readonly id: number;
  readonly failure?: string;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Turns WAV files into MP3 files on a thread of its own, started with the first. */
export class RecordingConverter {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** Writes the MP3, then removes or moves the WAV. Rejects when the disk or the thread fails; the WAV is kept then. */
  convert(conversion: Conversion): Promise<void> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...conversion } satisfies ConversionRequest);
    });
  }

  /** What is not converted by now stays a WAV, for the next start. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./recording-worker.ts', import.meta.url));
    worker.unref();
    worker.on('message', ({ id, failure }: ConversionResult) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) waiting?.resolve();
      else waiting?.reject(new Error(failure));
    });
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : undefined));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#fail(undefined);
    });
    return worker;
  }

  #fail(cause: Error | undefined): void {
    const error = cause ?? new Error('the recording thread ended');
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
