import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeG711, encodeG711 } from '../../support/rtp/g711-reference.ts';
import { callerLoop } from '../load/speech-loop.ts';
import { describeMachine, machine, writeReport } from '../report.ts';
import { measureBlocked } from './blocked-javascript.ts';
import { CLEAN, CONDITIONS, REQUIRED } from './conditions.ts';
import { ImpairedLines, type LineReport } from './impaired-lines.ts';
import { LineProcess, type LineResult } from './line-process.ts';
import { Recogniser } from './recogniser.ts';
import { judgeRow, type Row } from './rows.ts';
import {
  describeBlocked,
  describeRows,
  isAsRequired,
  type JudgedRow,
  mediaPlot,
  toResults,
} from './show.ts';
import { speechCorpus } from './speech-corpus.ts';
import { toFloat } from './timeline.ts';

const HELP = `npm run bench -- media [options]

  --seconds N   of speech on each line (default 115: all of it, where human recordings are installed)
  --seed N      of the networks (default 1)
  --calls N     at once while JavaScript is blocked (default 200)
  --quick       30 s of speech, and no recogniser
  --plot FILE   write delay and quality as an SVG picture
  --json FILE   write the results as JSON

Lines with seeded loss, bursts, jitter, reordering, duplicates and a clock that is off, all at once through one engine: what the listener of a bridged
session hears (playout path) and what a recogniser gets (analysis path), against what was said. Word error rates where pocketsphinx and the human recordings
of asterisk-core-sounds-en-wav are installed. Then departures while JavaScript is blocked. Exit code 1 when 5 % loss with 0-60 ms jitter is not as required.
`;
/** After the last word, for what is still in a buffer. */
const LINGER_MS = 1_000;
/** The recogniser takes its time: these it hears. */
const RECOGNISED = [
  CLEAN.name,
  '5 % loss',
  '10 % loss',
  '20 % loss',
  '10 % loss in bursts of 5',
  REQUIRED.name,
];

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly calls: number;
  readonly quick: boolean;
  readonly plot: string | undefined;
  readonly json: string | undefined;
}

/** @returns exit code */
export async function run(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-media-'));
  try {
    return await measure(options, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function parse(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      calls: { type: 'string', default: '200' },
      quick: { type: 'boolean' },
      plot: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const quick = values.quick === true;
  return {
    seconds: positive('seconds', values.seconds ?? (quick ? '30' : '115')),
    seed: positive('seed', values.seed),
    calls: positive('calls', values.calls),
    quick,
    plot: values.plot,
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: expected a whole number from 1`);
}

async function measure(options: Options, folder: string): Promise<number> {
  const { seconds, seed, calls, quick, plot, json } = options;
  const corpus = await speechCorpus(seconds);
  say(
    `${CONDITIONS.length} lines with ${(corpus.samples.length / 8_000).toFixed(0)} s of ${corpus.name} speech each ...`,
  );
  const codes = encodeG711('PCMU', corpus.samples);
  const said = toFloat(decodeG711('PCMU', codes));
  const rows = await judgeLines(await runLines(codes, folder, seed), said, folder);
  const clean = rows.find(({ condition }) => condition === CLEAN);
  if (clean === undefined) throw new Error('there is no clean line');
  const judged = await recognise(rows, quick ? undefined : corpus.transcript, folder);
  const blocked = await whileBlocked(calls, folder);
  say(
    `\n${describeRows(judged, clean)}\n\n${describeBlocked(blocked)}\n${describeMachine(machine())}`,
  );
  if (plot !== undefined) {
    await mkdir(dirname(plot), { recursive: true });
    await writeFile(plot, mediaPlot(judged, clean));
  }
  await writeReport(json, {
    name: 'media',
    machine: machine(),
    parameters: { seconds, seed, calls, speech: corpus.name, conditions: CONDITIONS.length },
    results: toResults(judged, clean, blocked),
  });
  return isAsRequired(judged, clean) ? 0 : 1;
}

interface Run {
  readonly reports: readonly LineReport[];
  readonly results: readonly LineResult[];
}

async function runLines(codes: Uint8Array, folder: string, seed: number): Promise<Run> {
  const speechPath = join(folder, 'said.ulaw');
  await writeFile(speechPath, codes);
  const lines = new ImpairedLines(speechPath, folder, seed);
  const engine = new LineProcess();
  try {
    for (const [index, condition] of CONDITIONS.entries()) {
      const { relayPort, listenerPort } = await lines.add(condition);
      await lines.connect(index, await engine.open(relayPort, listenerPort));
    }
    const reports = await lines.run(codes.length / 8 + LINGER_MS);
    return { reports, results: await engine.finish(folder) };
  } finally {
    await Promise.all([engine.close(), lines.close()]);
  }
}

async function judgeLines(
  { reports, results }: Run,
  said: Float32Array,
  folder: string,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [index, condition] of CONDITIONS.entries()) {
    const line = reports[index];
    const result = results[index];
    if (line === undefined || result === undefined) throw new Error(`line ${index} is missing`);
    rows.push(await judgeRow({ condition, line, result, folder, index, said }));
  }
  return rows;
}

/** Rows that it does not hear, and all where there is no recogniser, stay without a rate. */
async function recognise(
  rows: readonly Row[],
  transcript: readonly string[] | undefined,
  folder: string,
): Promise<readonly JudgedRow[]> {
  const recogniser = transcript && (await Recogniser.open(folder, transcript));
  const judged: JudgedRow[] = [];
  for (const [index, row] of rows.entries()) {
    const isHeard = RECOGNISED.includes(row.condition.name);
    if (recogniser === undefined || !isHeard) {
      judged.push({ ...row, wordErrorRate: undefined });
      continue;
    }
    const [playout, analysis] = await Promise.all([
      recogniser.wordErrorRate(`${index}-playout`, row.playout.timeline.samples),
      recogniser.wordErrorRate(`${index}-analysis`, row.analysis.timeline.samples),
    ]);
    judged.push({ ...row, wordErrorRate: { playout, analysis } });
  }
  return judged;
}

async function whileBlocked(calls: number, folder: string) {
  const speechPath = join(folder, 'callers.ulaw');
  await writeFile(speechPath, await callerLoop());
  const isAlone = availableParallelism() === 1;
  return measureBlocked({
    calls,
    speechPath,
    cpu: isAlone ? undefined : 0,
    loadCpu: isAlone ? undefined : 1,
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
