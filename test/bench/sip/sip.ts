import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BenchResult, describeMachine, machine, writeReport } from '../report.ts';
import type { ApplicationReport } from './application.ts';
import { BenchApplication } from './bench-application.ts';
import { keptUp, type LoadResult, load } from './load.ts';
import { runMedia } from './media.ts';
import { busiestThreadUs, type ProcessCpu, processCpu } from './thread-cpu.ts';

const HELP = `npm run bench -- sip [options]

  --calls N       calls of the measured run (default 20000)
  --rate N        its calls per second (default 800)
  --transport T   udp (default) or tcp
  --rest N        seconds between the load and the last look at the memory (default 60)
  --media         another form: 200 calls at once through the whole engine, SIPp playing speech to each for 20 s
  --server-pid N  process of the drachtio-server that TRUNKLINE_DRACHTIO names, to count its processor time
  --json FILE     write the results as JSON

SIPp calls and hangs up at once; the SIP server and the application answer in another process. Shows calls per second without a failed one,
processor time per call of each thread, and the memory before and after. Exit code 1 when a call of the measured run failed. Linux and SIPp only.
`;
const WARM_UP_CALLS = 2_000;
const RAMP_SECONDS = 5;
const RAMP_STEP = 1.15;
const MAX_RATE = 10_000;

interface Options {
  readonly calls: number;
  readonly rate: number;
  readonly transport: 'udp' | 'tcp';
  readonly restSeconds: number;
  readonly serverPid: number | undefined;
  readonly media: boolean;
  readonly json: string | undefined;
}

interface Cpu {
  readonly application: ProcessCpu;
  readonly server: ProcessCpu | undefined;
}

/** @returns exit code */
export async function run(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.media) return runMedia(options.json);
  const application = await BenchApplication.start();
  try {
    const measured = await measure(application, options);
    const { calls, rate, transport } = options;
    show(measured, options);
    await writeReport(options.json, {
      name: 'sip',
      machine: machine(),
      parameters: { calls, rate, transport, warmUpCalls: WARM_UP_CALLS },
      results: toResults(measured, options),
    });
    return measured.result.failedCalls === 0 && measured.result.exitCode === 0 ? 0 : 1;
  } finally {
    await application.close();
  }
}

function parse(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '20000' },
      rate: { type: 'string', default: '800' },
      transport: { type: 'string', default: 'udp' },
      rest: { type: 'string', default: '60' },
      'server-pid': { type: 'string' },
      media: { type: 'boolean' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const { transport } = values;
  if (transport !== 'udp' && transport !== 'tcp')
    throw new Error('--transport: expected udp or tcp');
  return {
    calls: atLeast('calls', values.calls, 1),
    rate: atLeast('rate', values.rate, 1),
    transport,
    restSeconds: atLeast('rest', values.rest, 0),
    serverPid:
      values['server-pid'] === undefined
        ? undefined
        : atLeast('server-pid', values['server-pid'], 1),
    media: values.media === true,
    json: values.json,
  };
}

function atLeast(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name}: expected a whole number from ${least}`);
}

interface Measured {
  readonly result: LoadResult;
  readonly serverUsPerCall: number;
  readonly applicationUsPerCall: number;
  readonly processUsPerCall: number;
  readonly before: ApplicationReport;
  readonly after: ApplicationReport;
  readonly rested: ApplicationReport;
  readonly maxPerSecond: number;
}

async function measure(application: BenchApplication, options: Options): Promise<Measured> {
  const { calls, rate, transport, restSeconds, serverPid } = options;
  const { port } = application;
  const cpu = (): Cpu => ({
    application: application.cpu(),
    server: serverPid === undefined ? undefined : processCpu(serverPid),
  });
  say(`${WARM_UP_CALLS} calls to warm up ...`);
  await load({ port, transport, calls: WARM_UP_CALLS, callsPerSecond: Math.min(rate, 400) });
  const before = await application.report();
  say(`${calls} calls at ${rate} calls/s over ${transport.toUpperCase()} ...`);
  const from = cpu();
  const result = await load({ port, transport, calls, callsPerSecond: rate });
  const to = cpu();
  const after = await application.report();
  say(`waiting ${restSeconds} s for the timers ...`);
  await delay(restSeconds * 1_000);
  const rested = await application.report();
  const maxPerSecond = keptUp(result, rate) ? await ramp(port, rate, transport) : 0;
  const count = Math.max(1, result.successfulCalls);
  return { result, before, after, rested, maxPerSecond, ...share(from, to, count) };
}

function share(from: Cpu, to: Cpu, calls: number) {
  const sipThread = busiestThreadUs(from.application, to.application);
  const server = from.server && to.server ? to.server.totalUs - from.server.totalUs : sipThread;
  const main = to.application.mainThreadUs - from.application.mainThreadUs;
  const total = to.application.totalUs - from.application.totalUs;
  return {
    serverUsPerCall: server / calls,
    applicationUsPerCall: main / calls,
    processUsPerCall: (total + (from.server ? server : 0)) / calls,
  };
}

/** The last rate at which nothing failed, a step at a time. */
async function ramp(port: number, from: number, transport: 'udp' | 'tcp'): Promise<number> {
  let best = from;
  for (let rate = from * RAMP_STEP; rate < MAX_RATE; rate *= RAMP_STEP) {
    const callsPerSecond = Math.round(rate);
    say(`${callsPerSecond} calls/s for ${RAMP_SECONDS} s ...`);
    const calls = callsPerSecond * RAMP_SECONDS;
    const result = await load({ port, transport, calls, callsPerSecond });
    if (!keptUp(result, 0.9 * callsPerSecond)) break;
    best = Math.round(result.achievedPerSecond);
  }
  return best;
}

function show(measured: Measured, { rate, restSeconds }: Options): void {
  const { result, before, after, rested } = measured;
  say(`
calls                   ${result.successfulCalls} answered, ${result.failedCalls} failed, ${result.retransmissions} retransmissions
rate                    ${result.achievedPerSecond.toFixed(0)} calls/s of ${rate} asked for; without a failure up to ${measured.maxPerSecond}
processor per call      SIP server ${measured.serverUsPerCall.toFixed(0)} us, application ${measured.applicationUsPerCall.toFixed(0)} us, in all ${measured.processUsPerCall.toFixed(0)} us
heap, SIP thread        ${mb(before.sipBytes)} before, ${mb(after.sipBytes)} after, ${mb(rested.sipBytes)} ${restSeconds} s later
heap, application       ${mb(before.mainBytes)} before, ${mb(after.mainBytes)} after, ${mb(rested.mainBytes)} ${restSeconds} s later
left                    ${rested.transactions} transactions, ${rested.dialogs} dialogs
${describeMachine(machine())}`);
  if (result.errors !== '') say(result.errors.slice(0, 2_000));
}

function toResults(measured: Measured, { restSeconds }: Options): readonly BenchResult[] {
  const { result, before, after, rested } = measured;
  const bytes = (report: ApplicationReport) => report.mainBytes + report.sipBytes;
  return [
    { metric: 'calls_per_second', value: measured.maxPerSecond, unit: 'calls/s' },
    { metric: 'measured_calls_per_second', value: result.achievedPerSecond, unit: 'calls/s' },
    { metric: 'failed_calls', value: result.failedCalls, unit: 'count' },
    { metric: 'retransmissions', value: result.retransmissions, unit: 'count' },
    { metric: 'server_us_per_call', value: measured.serverUsPerCall, unit: 'us' },
    { metric: 'application_us_per_call', value: measured.applicationUsPerCall, unit: 'us' },
    { metric: 'process_us_per_call', value: measured.processUsPerCall, unit: 'us' },
    { metric: 'memory_before', value: bytes(before), unit: 'bytes' },
    { metric: 'memory_after', value: bytes(after), unit: 'bytes' },
    { metric: `memory_after_${restSeconds}_s`, value: bytes(rested), unit: 'bytes' },
    { metric: 'transactions_left', value: rested.transactions, unit: 'count' },
    { metric: 'dialogs_left', value: rested.dialogs, unit: 'count' },
  ];
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
