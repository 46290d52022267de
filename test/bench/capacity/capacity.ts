import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { callerLoop } from '../load/speech-loop.ts';
import { describeMachine, machine, writeReport } from '../report.ts';
import { keptUp, wasDisturbed } from './judge.ts';
import { largest } from './search.ts';
import { capacityPlot, describeTrial, HEADER, toResults } from './show.ts';
import { runTrial, type Trial } from './trial.ts';

const HELP = `npm run bench -- capacity [options]

  --calls N       only so many calls, instead of searching for the largest number
  --from N        where the search begins (default 600)
  --seconds N     measured seconds of each number of calls (default 10)
  --agent-rate N  sample rate of the agent's audio in Hz (default 24000)
  --quick         shorter, and a coarser search
  --plot FILE     write the figures as an SVG picture
  --json FILE     write the results as JSON

Without recording, then with: the media engine alone on one core; G.711 both ways, voice detection on every frame, an agent that speaks for a third of the time, one media thread. Callers in a
native process on another core. Finds the largest number of calls with less than 0.1 % loss and departures within 2 ms (p99) of their 20 ms grid, by the
kernel's stamps at the callers; the jitter of a bare timer loop on the engine's core is added to the 2 ms. Linux, two cores and taskset.
`;
const MAX_CALLS = 5_000;
/** Of one number of calls, when the host took more than its share and the calls suffered. */
const MAX_TRIES = 3;
const MAX_SEARCH_MS = 210_000;

interface Options {
  readonly calls: number | undefined;
  readonly from: number;
  readonly seconds: number;
  readonly agentRateHz: number;
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
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-capacity-'));
  try {
    const speechPath = join(folder, 'callers.ulaw');
    await writeFile(speechPath, await callerLoop());
    return await measure(options, speechPath);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(options: Options, speechPath: string): Promise<number> {
  const { calls, from, seconds, agentRateHz, plot, json } = options;
  const plain = new Capacity(options, speechPath, false);
  const recorded = new Capacity(options, speechPath, true);
  const best = await plain.search(from, MAX_CALLS);
  // Recording makes nothing cheaper.
  const bestRecorded = best > 0 ? await recorded.search(best, best) : 0;
  say(`\n${best} calls on one core, ${bestRecorded} when each is recorded`);
  say(describeMachine(machine()));
  if (plot !== undefined) await draw(plot, [plain, recorded]);
  await writeReport(json, {
    name: 'capacity',
    machine: machine(),
    parameters: { seconds, agentRateHz, codec: 'PCMU', mediaThreads: 1 },
    results: [
      ...toResults(best, plain.trials.get(calls ?? best)),
      ...toResults(bestRecorded, recorded.trials.get(calls ?? bestRecorded), '_recorded'),
    ],
  });
  return best > 0 ? 0 : 1;
}

async function draw(file: string, runs: readonly Capacity[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const named = runs.map(({ recording, trials }) => ({
    name: recording ? 'recorded' : 'not recorded',
    trials: [...trials.values()],
  }));
  await writeFile(file, capacityPlot(named));
}

function parse(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string' },
      from: { type: 'string', default: '600' },
      seconds: { type: 'string' },
      'agent-rate': { type: 'string', default: '24000' },
      quick: { type: 'boolean' },
      plot: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const quick = values.quick === true;
  return {
    calls: values.calls === undefined ? undefined : within('calls', values.calls, 1, MAX_CALLS),
    from: within('from', values.from, 4, MAX_CALLS),
    seconds: within('seconds', values.seconds ?? (quick ? '4' : '10'), 1, 600),
    agentRateHz: within('agent-rate', values['agent-rate'], 8_000, 48_000),
    quick,
    plot: values.plot,
    json: values.json,
  };
}

function within(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name}: expected a whole number from ${least} to ${most}`);
}

/** With or without recording: the numbers of calls that were tried, and the largest that was kept. */
class Capacity {
  readonly recording: boolean;
  readonly trials = new Map<number, Trial>();
  readonly #options: Options;
  readonly #speechPath: string;
  readonly #endsAtMs = performance.now() + MAX_SEARCH_MS;

  constructor(options: Options, speechPath: string, recording: boolean) {
    this.#options = options;
    this.#speechPath = speechPath;
    this.recording = recording;
  }

  async search(from: number, most: number): Promise<number> {
    say(`\n${this.recording ? 'each call recorded' : 'without recording'}\n${HEADER}`);
    const { calls, quick } = this.#options;
    if (calls !== undefined) return (await this.#isAllRight(calls)) ? calls : 0;
    const tolerance = quick ? 0.15 : 0.05;
    return largest((count) => this.#isAllRight(count), { from, most, step: 1.3, tolerance });
  }

  /** After the time is up nothing is. */
  async #isAllRight(calls: number): Promise<boolean> {
    for (let tries = 1; tries <= MAX_TRIES && performance.now() < this.#endsAtMs; tries++) {
      const trial = await this.#try(calls);
      if (trial === undefined) return false;
      if (keptUp(trial)) return true;
      if (!wasDisturbed(trial)) return false;
    }
    return false;
  }

  /** Undefined when there were so many that the engine did not answer any more. */
  async #try(calls: number): Promise<Trial | undefined> {
    const { seconds, agentRateHz } = this.#options;
    try {
      const trial = await runTrial({
        calls,
        seconds,
        agentRateHz,
        speechPath: this.#speechPath,
        processors: availableParallelism() > 1 ? { engine: 0, load: 1 } : NO_PROCESSORS,
        recording: this.recording,
      });
      say(describeTrial(trial));
      this.trials.set(calls, trial);
      return trial;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'AbortError')) throw error;
      say(`${String(calls).padStart(7)}   overloaded: JavaScript did not answer`);
      return undefined;
    }
  }
}

const NO_PROCESSORS = { engine: undefined, load: undefined };

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
