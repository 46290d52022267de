import { spawn } from 'node:child_process';
import process from 'node:process';
import { ASAN, FUZZER, makeArguments, missingSanitizers, TSAN } from './native-tests.ts';

/**
 * When the whole suite runs, what the native checks need is compiled beside the other tests, which mostly wait; with the lowest
 * priority. test/integration/media/native-checks.test.ts waits for it.
 */
export function setup(): (() => void) | undefined {
  if (process.env['TRUNKLINE_WHOLE_SUITE'] === undefined) return undefined;
  const targets = [
    ...(missingSanitizers(...ASAN) === '' ? ['asan-build'] : []),
    ...(missingSanitizers(...TSAN) === '' ? ['tsan-build'] : []),
    ...(missingSanitizers(...FUZZER) === '' ? ['fuzzers'] : []),
  ];
  const [command, args] = makeArguments(...targets);
  const child = spawn('nice', ['-n', '19', command, ...args], { stdio: 'ignore', detached: true });
  let isRunning = true;
  child.once('exit', () => {
    isRunning = false;
  });
  child.once('error', () => {
    isRunning = false;
  });
  return () => {
    if (isRunning && child.pid !== undefined) process.kill(-child.pid);
  };
}
