import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { FliteJob, FliteResult, FliteWorkerData } from './flite-job.ts';
import { runFlite } from './flite-run.ts';

/** One job at a time; the pool ends this thread to cancel one. */
const { module } = workerData as FliteWorkerData;
const port = parentPort;
const collect = openCollector();

silenceWasiWarning();
const { WASI } = await import('node:wasi');

port?.on('message', (job: FliteJob) => {
  runFlite(module, WASI, job).then(
    (result) => post(result),
    () => post({ ok: false, exitCode: -1 }),
  );
});

function post(result: FliteResult): void {
  port?.postMessage(result, result.ok ? [result.samples.buffer] : []);
  setImmediate(collect);
}

/** V8 sees a small object and lets the 20 MB of a finished instance lie; this thread has the time to look. */
function openCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

/** The one warning that every start would print; all others stay. */
function silenceWasiWarning(): void {
  const { emitWarning } = process;
  process.emitWarning = (...args: unknown[]) => {
    if (String(args[0]).startsWith('WASI is an experimental feature')) return;
    Reflect.apply(emitWarning, process, args);
  };
}
