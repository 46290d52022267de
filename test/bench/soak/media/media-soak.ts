import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, machine, writeReport } from '../../report.ts';
import { FaultyPeer } from './faulty-peer.ts';
import {
  MEDIA_FIGURES,
  type MediaFigure,
  type MediaHolding,
  mediaLeftovers,
} from './media-holding.ts';
import { planSession } from './session-plan.ts';
import type { EngineOrder, EngineReport } from './soaked-engine.ts';

const HELP = `npm run bench -- soak-media [options]

  --calls N         sessions (default 10000)
  --concurrency N   at once (default 150)
  --seed N          everything about each call follows from it (default 1)
  --json FILE       write the results as JSON

Sessions of the media engine of 0 to 2.6 s in a process of its own, against peers that echo, lose, reorder, flood, send garbage or nothing;
with re-INVITEs to other codecs, SRTP whose tags are wrong, recordings, bridges and playouts that are cut off. Compares what the process
holds after half as many calls to warm up, half-way and after. Exit code 1 when anything is left or resident memory grew by 10 MB. Linux only.
`;
/** The allocator keeps what the busiest moments took: it takes some thousand sessions until they need no more. */
const WARM_UP_SHARE = 2;
const NAME_WIDTH = 28;
const VALUE_WIDTH = 14;

/** @returns exit code */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '10000' },
      concurrency: { type: 'string', default: '150' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const calls = Number(values.calls);
  const atOnce = Number(values.concurrency);
  const seed = Number(values.seed);
  const begunMs = performance.now();
  const holdings = await soak({ calls, atOnce, seed });
  const seconds = (performance.now() - begunMs) / 1_000;
  const faults = mediaLeftovers(holdings[0], holdings[2]);
  show(holdings, faults, seconds);
  await writeReport(values.json, {
    name: 'soak-media',
    machine: machine(),
    parameters: { calls, concurrency: atOnce, seed },
    results: (Object.keys(MEDIA_FIGURES) as MediaFigure[]).flatMap((name) =>
      ['warm', 'half_way', 'after'].map((time, at) => ({
        metric: `${name}_${time}`,
        value: holdings[at]?.[name] ?? 0,
        unit: name.endsWith('Bytes') ? 'bytes' : 'count',
      })),
    ),
  });
  return faults.length === 0 ? 0 : 1;
}

interface Soak {
  readonly calls: number;
  readonly atOnce: number;
  readonly seed: number;
}

type Holdings = readonly [warm: MediaHolding, halfWay: MediaHolding, after: MediaHolding];

async function soak({ calls, atOnce, seed }: Soak): Promise<Holdings> {
  const peer = await FaultyPeer.open(seed);
  const path = fileURLToPath(new URL('./soaked-engine.ts', import.meta.url));
  const child = fork(path, [String(seed), String(peer.port)], { execArgv: ['--expose-gc'] });
  child.on('message', (report: EngineReport) => {
    if (report.type !== 'opened') return;
    peer.behave(report.port, planSession(seed, report.number).behaviour);
  });
  const warmUp = Math.ceil(calls / WARM_UP_SHARE);
  const half = Math.floor(calls / 2);
  try {
    const warm = await stretch(child, { first: 0, count: warmUp, atOnce });
    const halfWay = await stretch(child, { first: warmUp, count: half, atOnce });
    const after = await stretch(child, { first: warmUp + half, count: calls - half, atOnce });
    order(child, { do: 'end' });
    await once(child, 'exit');
    return [warm, halfWay, after];
  } finally {
    child.kill();
    peer.close();
  }
}

async function stretch(
  child: ChildProcess,
  calls: Omit<Extract<EngineOrder, { do: 'calls' }>, 'do'>,
): Promise<MediaHolding> {
  order(child, { do: 'calls', ...calls });
  await reported(child, 'done');
  order(child, { do: 'hold' });
  return (await reported(child, 'held')).holding;
}

function order(child: ChildProcess, given: EngineOrder): void {
  child.send(given);
}

function reported<Type extends EngineReport['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<EngineReport, { type: Type }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      reject(new Error(`the engine's process ended: ${signal ?? code}`));
    const onMessage = (report: EngineReport) => {
      if (report.type !== type) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(report as Extract<EngineReport, { type: Type }>);
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}

function show(holdings: Holdings, faults: readonly string[], seconds: number): void {
  const rows = (Object.keys(MEDIA_FIGURES) as MediaFigure[]).map((name) =>
    row(
      MEDIA_FIGURES[name],
      holdings.map((holding) => shown(name, holding[name])),
    ),
  );
  say([row('', ['warmed up', 'half-way', 'after']), ...rows].join('\n'));
  say(`\n${seconds.toFixed(0)} s; ${describeMachine(machine())}`);
  say(faults.length === 0 ? 'Nothing is left.' : `What is left:\n${faults.join('\n')}`);
}

function row(title: string, values: readonly string[]): string {
  return title.padEnd(NAME_WIDTH) + values.map((value) => value.padStart(VALUE_WIDTH)).join('');
}

function shown(name: MediaFigure, value: number): string {
  return name.endsWith('Bytes') ? `${(value / 1e6).toFixed(2)} MB` : String(value);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
