import { parseArgs } from 'node:util';
import { SeededRandom } from '../../support/random/seeded-random.ts';
import { type BenchResult, describeMachine, machine, writeReport } from '../report.ts';
import { FIGURE_NAMES, figure, type Holding, type HoldingsInTime, leftovers } from './holding.ts';
import { type CallPlan, callPlans, shortCall } from './short-call.ts';
import { holdingTable } from './show.ts';
import { SoakEngine } from './soak-engine.ts';

const HELP = `npm run bench -- soak [options]

  --calls N         short calls (default 1000)
  --concurrency N   calls at once (default 20, at most 100)
  --seed N          what each caller does follows from it (default 1)
  --json FILE       write the results as JSON

Starts an engine, makes 50 calls to warm it up, then the calls, over SIP and RTP on this machine, of random length and with callers who
interrupt, press keys, vanish without a BYE or have the wrong number, and compares what the engine holds
before, half-way and after, each time when the timers of SIP have run out. Exit code 1 when anything is left. Linux only.
`;
const WARM_UP_CALLS = 50;
const MAX_CONCURRENCY = 100;
const MAX_CALLS = 100_000;
const MAX_SEED = 2 ** 31;
const FAILURES_SHOWN = 5;
const INTERRUPTED = 130;

interface Options {
  readonly calls: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly json: string | undefined;
}

interface Soaked extends HoldingsInTime {
  /** As was planned. */
  readonly refused: number;
  readonly failures: readonly string[];
  readonly endings: Readonly<Record<string, number>>;
  readonly complaints: readonly string[];
}

/** @returns exit code */
export async function run(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const engine = await SoakEngine.start();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void engine.close().then(() => process.exit(INTERRUPTED)));
  }
  try {
    const soaked = await soak(engine, options);
    const faults = faultsOf(soaked, options.calls);
    show(soaked, faults);
    const { calls, concurrency, seed } = options;
    await writeReport(options.json, {
      name: 'soak',
      machine: machine(),
      parameters: { calls, concurrency, seed, warmUpCalls: WARM_UP_CALLS },
      results: toResults(soaked),
    });
    return faults.length === 0 ? 0 : 1;
  } finally {
    await engine.close();
  }
}

function parse(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '1000' },
      concurrency: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  return {
    calls: between('calls', values.calls, 2, MAX_CALLS),
    concurrency: between('concurrency', values.concurrency, 1, MAX_CONCURRENCY),
    seed: between('seed', values.seed, 0, MAX_SEED),
    json: values.json,
  };
}

function between(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name}: expected a whole number from ${least} to ${most}`);
}

async function soak(engine: SoakEngine, options: Options): Promise<Soaked> {
  const { calls, concurrency } = options;
  const random = new SeededRandom(options.seed);
  const plans = await callPlans();
  const failures: string[] = [];
  let refused = 0;
  const make = async (count: number) => {
    const planned = Array.from({ length: count }, () => random.pick(plans));
    refused += planned.filter(({ end }) => end === 'is-refused').length;
    failures.push(...(await makeCalls(engine, planned, { concurrency, seed: random.word() })));
    return engine.settled();
  };
  say(`${WARM_UP_CALLS} calls to warm up ...`);
  const before = await make(WARM_UP_CALLS);
  const half = Math.ceil(calls / 2);
  say(`${half} calls, ${concurrency} at once ...`);
  const halfWay = await make(half);
  say(`${calls - half} more ...`);
  const after = await make(calls - half);
  const [endings, complaints] = [engine.endings(), engine.complaints()];
  return { before, halfWay, after, refused, failures, endings, complaints };
}

/** @returns why calls failed */
async function makeCalls(
  engine: SoakEngine,
  planned: readonly CallPlan[],
  { concurrency, seed }: { readonly concurrency: number; readonly seed: number },
): Promise<readonly string[]> {
  const failures: string[] = [];
  const left = planned.entries();
  const callOn = async () => {
    for (const [number, plan] of left) {
      const random = new SeededRandom(seed + number);
      await shortCall(engine.remote, plan, random).catch((error: unknown) =>
        failures.push(`${plan.name}: ${String(error)}`),
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, callOn));
  return failures;
}

function faultsOf(soaked: Soaked, calls: number): readonly string[] {
  const { refused, failures, endings, complaints } = soaked;
  const ended = Object.values(endings).reduce((sum, count) => sum + count, 0);
  const expected = calls + WARM_UP_CALLS - refused;
  return [
    ...leftovers(soaked, calls),
    ...(ended === expected ? [] : [`${expected} calls were made, ${ended} have ended`]),
    ...some(failures, 'calls failed'),
    ...some(complaints, 'warnings and errors of the engine'),
  ];
}

function some(lines: readonly string[], what: string): readonly string[] {
  if (lines.length === 0) return [];
  return [`${lines.length} ${what}`, ...lines.slice(0, FAILURES_SHOWN).map((line) => `  ${line}`)];
}

function show(soaked: Soaked, faults: readonly string[]): void {
  say(`\n${holdingTable(soaked)}\n`);
  const endings = Object.entries(soaked.endings).map(([reason, count]) => `${count} ${reason}`);
  say(`ended: ${endings.join(', ')}`);
  say(describeMachine(machine()));
  say(faults.length === 0 ? '\nNothing is left.' : `\nWhat is left:\n${faults.join('\n')}`);
}

function toResults({ before, halfWay, after, failures }: Soaked): readonly BenchResult[] {
  const times = { before, half_way: halfWay, after };
  return [
    { metric: 'failed_calls', value: failures.length, unit: 'count' },
    ...Object.entries(times).flatMap(([time, holding]) => resultsOf(time, holding)),
  ];
}

function resultsOf(time: string, holding: Holding): readonly BenchResult[] {
  return FIGURE_NAMES.map((name) => ({
    metric: `${name}_${time}`,
    value: holding[name],
    unit: figure(name).unit,
  }));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
