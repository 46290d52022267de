import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FuzzFailure, type FuzzReport, SipFuzz } from './sip-fuzz.ts';

const HELP = `npm run fuzz -- [options]

Damages SIP messages, SDP, application frames and DNS answers, and runs them through every parser and the whole server.
Ends with exit code 1 and a reproducer file at the first exception, slow input, oversized answer or message that an
application would misread.

  --inputs N    how many inputs (default 100000)
  --seed N      where the random numbers begin (default 1)
  --seconds N   stop after this time
  --target T    only this parser: message, stream, headers, values, sdp, sdp-grammar, frames, dns or server
  --help        this text
`;

function line(report: FuzzReport): string {
  const { inputs, elapsedSeconds, slowest, heapBytes, passedUp, worstAmplification } = report;
  const rate = Math.round(inputs / Math.max(elapsedSeconds, 0.001));
  const heap = heapBytes.map((bytes) => (bytes / 2 ** 20).toFixed(1));
  return [
    `inputs ${inputs}`,
    `${elapsedSeconds.toFixed(0)} s`,
    `${rate}/s`,
    `slowest ${slowest.ms.toFixed(2)} ms (${slowest.target})`,
    `passed up ${passedUp}`,
    `most sent for one datagram ${worstAmplification.toFixed(2)} x its size`,
    `heap ${heap.length === 0 ? '-' : `${heap[0]} to ${heap.at(-1)} MB`}`,
  ].join(', ');
}

/** So that the heap can be measured without a flag on the command line. */
function exposeCollector(): void {
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
}

function fail(failure: FuzzFailure, seed: number): void {
  const file = join(mkdtempSync(join(tmpdir(), 'sip-fuzz-')), `${failure.target}.bin`);
  writeFileSync(file, Buffer.from(failure.input, 'latin1'));
  process.stderr.write(`${failure.message}\nseed ${seed}, reproducer ${file}\n${failure.stack}\n`);
  process.exitCode = 1;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      seconds: { type: 'string' },
      target: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  exposeCollector();
  const seed = Number(values.seed);
  const seconds = values.seconds === undefined ? {} : { seconds: Number(values.seconds) };
  const onProgress = (report: FuzzReport) => process.stdout.write(`\r${line(report)}`);
  try {
    const report = new SipFuzz({
      inputs: Number(values.inputs),
      seed,
      onProgress,
      ...seconds,
      ...(values.target !== undefined && { target: values.target }),
    }).run();
    process.stdout.write(`\r${line(report)}\nseed ${seed}: nothing found\n`);
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    process.stdout.write('\n');
    fail(error, seed);
  }
}

main();
