import { parseArgs } from 'node:util';
import { spread } from '../percentiles.ts';
import { type BenchResult, describeMachine, machine, writeReport } from '../report.ts';
import { type BenchCall, benchCall } from './bench-call.ts';
import { BenchEngine } from './bench-engine.ts';
import { type Figures, figuresOf } from './figures.ts';
import { PacketCapture } from './packet-capture.ts';
import { agreementWith, showFigures } from './show.ts';
import { speechClips } from './speech.ts';
import { Vendors } from './vendors.ts';

const HELP = `npm run bench -- latency [options]

  --concurrency LIST   calls at once, a run each (default 1,50)
  --calls N            calls of each run (default 20, at least the concurrency)
  --turns N            turns of each call, the third answer is interrupted (default 5)
  --min-silence MS     the configured wait after speech (default 250)
  --capture FILE       also capture the packets with tcpdump and compute the same figures from them
  --json FILE          write the results as JSON

The vendors are local servers of known delay: transcript 100 ms after the end of speech, first token 200 ms, first audio 100 ms, each plus or minus 10 ms.
Our own share of a gap is the gap, caller's last packet of speech to agent's first, without the vendors' measured share and the configured wait.
`;

interface Options {
  readonly concurrency: readonly number[];
  readonly calls: number;
  readonly turns: number;
  readonly minSilenceMs: number;
  readonly capture: string | undefined;
  readonly json: string | undefined;
}

/** @returns exit code */
export async function run(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const clips = await speechClips();
  const runs = new Map<number, Figures>();
  for (const concurrency of options.concurrency) {
    const figures = await measureRun(options, concurrency, clips);
    showFigures(figures, concurrency);
    runs.set(concurrency, figures);
  }
  process.stdout.write(`\n${describeMachine(machine())}\n`);
  const { concurrency, calls, turns, minSilenceMs } = options;
  const parameters = { concurrency: concurrency.join(), calls, turns, minSilenceMs };
  await writeReport(options.json, {
    name: 'latency',
    machine: machine(),
    parameters,
    results: toResults(runs),
  });
  return 0;
}

async function measureRun(
  options: Options,
  concurrency: number,
  clips: readonly Int16Array[],
): Promise<Figures> {
  const calls = Math.max(options.calls, concurrency);
  process.stdout.write(`\n${calls} calls of ${options.turns} turns, ${concurrency} at once …\n`);
  const vendors = await Vendors.start();
  const { openaiUrl, deepgramUrl } = vendors;
  const { minSilenceMs, turns } = options;
  const engine = await BenchEngine.start({ openaiUrl, deepgramUrl, minSilenceMs });
  const capture = options.capture
    ? await PacketCapture.start(`${options.capture}.${concurrency}`)
    : undefined;
  try {
    // The first calls of a process pay for its warm-up; an operator's engine has been up for longer.
    await placeCalls({ ...engine.sip, prefix: 'warm', turns: 2, clips }, concurrency, concurrency);
    const placed = await placeCalls(
      { ...engine.sip, prefix: 'bench', turns, clips },
      calls,
      concurrency,
    );
    const views = await engine.calls(calls + concurrency);
    const figures = figuresOf(placed, views, await vendors.shares(), minSilenceMs);
    const captured = await capture?.stop(placed.map(({ rtpPort }) => rtpPort));
    if (captured) process.stdout.write(agreementWith(placed, captured));
    return figures;
  } finally {
    await engine.stop();
    await vendors.stop();
  }
}

/** About a turn. */
const SPREAD_MS = 3_000;

interface PlaceOptions {
  readonly host: string;
  readonly port: number;
  readonly prefix: string;
  readonly turns: number;
  readonly clips: readonly Int16Array[];
}

/** `count` calls, as soon as one ends the next begins. They do not begin at the same moment: callers do not agree on when to speak. */
async function placeCalls(
  { prefix, ...target }: PlaceOptions,
  count: number,
  concurrency: number,
): Promise<BenchCall[]> {
  const placed: BenchCall[] = [];
  let next = 0;
  const line = async (_: unknown, index: number) => {
    await new Promise((begin) => setTimeout(begin, (index * SPREAD_MS) / concurrency));
    while (next < count) {
      const fromUser = `${prefix}-${next++}`;
      placed.push(await benchCall({ ...target, fromUser }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, line));
  return placed;
}

/** By name for the run with the most calls at once, and with the number of calls for every run. */
function toResults(runs: ReadonlyMap<number, Figures>): BenchResult[] {
  const most = Math.max(...runs.keys());
  return [...runs].flatMap(([concurrency, figures]) => {
    const rows = metricsOf(figures);
    const named = rows.map(({ metric, ...row }) => ({
      metric: `${metric}_at_${concurrency}`,
      ...row,
    }));
    return concurrency === most ? [...rows, ...named] : named;
  });
}

function metricsOf(figures: Figures): BenchResult[] {
  const metrics = {
    gap: figures.gap,
    own_share: figures.own,
    frame: figures.frame,
    slot: figures.slot,
    processing: figures.processing,
    duck: figures.duck,
    silent: figures.silent,
  };
  const rows = Object.entries(metrics).flatMap(([name, values]) => {
    const { n: _, ...ranks } = spread(values);
    return Object.entries(ranks).map(([rank, value]) => ({
      metric: `${name}_${rank}_ms`,
      value: round(value),
      unit: 'ms',
    }));
  });
  return [...rows, { metric: 'turns', value: figures.own.length, unit: 'turns' }];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function parse(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      concurrency: { type: 'string', default: '1,50' },
      calls: { type: 'string', default: '20' },
      turns: { type: 'string', default: '5' },
      'min-silence': { type: 'string', default: '250' },
      capture: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  return {
    concurrency: values.concurrency.split(',').map(positive),
    calls: positive(values.calls),
    turns: positive(values.turns),
    minSilenceMs: positive(values['min-silence']),
    capture: values.capture,
    json: values.json,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`not a whole number above 0: ${text}`);
  return value;
}
