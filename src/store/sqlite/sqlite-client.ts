import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TrunklineError } from '../../core/errors.ts';
import type { StatementResult } from '../sql-database.ts';
import type { SqliteReply, SqliteRequest, SqliteUnit, SqliteUnitResult } from './sqlite-message.ts';

/** Units in one transaction at most, so that nobody waits for a long queue to be worked off. */
const MAX_BATCH = 256;

export interface SqliteClientOptions {
  readonly file: string;
  /** Units waiting at most; more are refused, so that a stuck disk does not fill the memory. */
  readonly maxQueued: number;
  /** The thread is gone: nothing will be stored any more. Called once. */
  readonly onFailure: (error: Error) => void;
}

interface Waiting {
  readonly unit: SqliteUnit;
  readonly resolve: (results: readonly StatementResult[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The main thread's end of the SQLite thread. Units run in the order they came; what comes in one turn of the event loop, or
 * while a batch is being committed, makes up the next batch.
 */
export class SqliteClient {
  readonly #options: SqliteClientOptions;
  readonly #worker: Worker;
  readonly #queue: Waiting[] = [];
  #inFlight: readonly Waiting[] = [];
  #isFlushPlanned = false;
  #failure: Error | undefined;
  #whenIdle: (() => void) | undefined;

  private constructor(options: SqliteClientOptions, worker: Worker) {
    this.#options = options;
    this.#worker = worker;
    worker.on('message', (reply: SqliteReply) => this.#handleReply(reply));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('the database thread ended')));
  }

  /** @throws TrunklineError `store-unavailable` when the file cannot be opened or another process has it. */
  static async open(options: SqliteClientOptions): Promise<SqliteClient> {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: options.file,
    });
    const [first]: SqliteReply[] = await once(worker, 'message');
    if (first?.type === 'opened') return new SqliteClient(options, worker);
    await worker.terminate();
    const problem = first?.type === 'open-failed' ? first.error : 'cannot be opened';
    const hint = /locked/.test(problem) ? 'another process is using it' : problem;
    throw new TrunklineError('store-unavailable', `${options.file}: ${hint}`);
  }

  run(unit: SqliteUnit): Promise<readonly StatementResult[]> {
    if (this.#failure !== undefined) return Promise.reject(unavailable(this.#failure));
    if (this.#queue.length >= this.#options.maxQueued) {
      return Promise.reject(unavailable(new Error('too many writes are waiting')));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ unit, resolve, reject });
      this.#planFlush();
    });
  }

  /** Runs what is queued, then ends the thread. Idempotent. */
  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    if (this.#inFlight.length > 0 || this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    if (this.#failure !== undefined) return;
    this.#failure = new Error('the database is closed');
    const exited = once(this.#worker, 'exit');
    this.#post({ type: 'close' });
    await exited;
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#inFlight.length > 0) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#queue.length === 0) {
      this.#whenIdle?.();
      return;
    }
    this.#inFlight = this.#queue.splice(0, MAX_BATCH);
    this.#post({ type: 'batch', units: this.#inFlight.map((waiting) => waiting.unit) });
  }

  #post(request: SqliteRequest): void {
    this.#worker.postMessage(request);
  }

  #handleReply(reply: SqliteReply): void {
    if (reply.type !== 'batch-done') return;
    const done = this.#inFlight;
    this.#inFlight = [];
    for (const [index, waiting] of done.entries()) settle(waiting, reply.results[index]);
    this.#flush();
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const lost = [...this.#inFlight, ...this.#queue.splice(0)];
    this.#inFlight = [];
    for (const waiting of lost) waiting.reject(unavailable(error));
    this.#whenIdle?.();
    this.#options.onFailure(error);
  }
}

function settle(waiting: Waiting, result: SqliteUnitResult | undefined): void {
  if (result?.ok === true) waiting.resolve(result.results);
  else waiting.reject(unavailable(new Error(result?.error ?? 'no result')));
}

function unavailable(cause: Error): TrunklineError {
  return new TrunklineError('store-unavailable', `the store failed: ${cause.message}`, { cause });
}
