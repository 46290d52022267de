import { fileURLToPath } from 'node:url';
import { readWav } from '../../../src/cli/demo/wav-file.ts';
import type { Diagnostics } from '../../../src/diagnostics.ts';
import { demoAgent } from '../../support/engine/engine-config.ts';
import { EngineProcess } from '../../support/engine/engine-process.ts';
import { encodeG711 } from '../../support/rtp/g711-reference.ts';
import { runSipp, type SippResult } from '../../support/sipp/sipp.ts';
import { type BenchResult, describeMachine, machine, writeReport } from '../report.ts';
import { processCpu } from './thread-cpu.ts';

const CALLS = 200;
const CALLS_PER_SECOND = 20;
const TALK_MS = 20_000;
const RTP_PORTS = { first: 22_000, last: 22_999 };
const SPEECH = new URL('../../../assets/demo/question-1.wav', import.meta.url);

interface Measured {
  readonly result: SippResult;
  readonly ended: Readonly<Record<string, number>>;
  readonly usPerCallSecond: number;
  readonly pacingP99Ms: number;
  readonly packetsDropped: number;
}

/** @returns exit code; 1 when a call failed or ended otherwise than by its caller */
export async function runMedia(json: string | undefined): Promise<number> {
  const engine = await EngineProcess.start({
    keys: {
      agents: { demo: demoAgent() },
      limits: { maxCalls: 2 * CALLS },
      rtp: { ports: `${RTP_PORTS.first}-${RTP_PORTS.last}` },
    },
  });
  try {
    const measured = await measure(engine);
    show(measured);
    await writeReport(json, {
      name: 'sip-media',
      machine: machine(),
      parameters: { calls: CALLS, callsPerSecond: CALLS_PER_SECOND, talkMs: TALK_MS },
      results: toResults(measured),
    });
    return measured.result.exitCode === 0 && measured.result.failedCalls === 0 ? 0 : 1;
  } finally {
    await engine.close();
  }
}

async function measure(engine: EngineProcess): Promise<Measured> {
  say(`${CALLS} calls of ${TALK_MS / 1_000} s with speech both ways ...`);
  const { channels } = await readWav(fileURLToPath(SPEECH));
  const speech = encodeG711('PCMU', channels[0] ?? new Int16Array());
  const from = processCpu(engine.pid).totalUs;
  const result = await runSipp({
    scenario: 'uac-bench-media',
    remote: engine.remote,
    calls: CALLS,
    callsPerSecond: CALLS_PER_SECOND,
    pauseMs: TALK_MS,
    files: { 'speech.ulaw': speech },
    timeoutSeconds: 90,
  });
  const us = processCpu(engine.pid).totalUs - from;
  engine.signal('SIGUSR2');
  const { media } = (await engine.logged('diagnostics')) as unknown as Diagnostics;
  return {
    result,
    ended: endings(engine),
    usPerCallSecond: us / ((CALLS * TALK_MS) / 1_000),
    pacingP99Ms: media?.pacingP99Ms ?? Number.NaN,
    packetsDropped: media?.packetsDropped ?? Number.NaN,
  };
}

function endings(engine: EngineProcess): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of engine.log.filter(({ msg }) => msg === 'call ended')) {
    const { reason } = line as unknown as { readonly reason: string };
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

function show({ result, ended, usPerCallSecond, pacingP99Ms, packetsDropped }: Measured): void {
  const reasons = Object.entries(ended).map(([reason, count]) => `${count} ${reason}`);
  say(`
calls             ${result.successfulCalls} went well, ${result.failedCalls} failed, ${result.retransmissions} retransmissions
ended             ${reasons.join(', ')}
processor         ${usPerCallSecond.toFixed(0)} us per call-second, the whole process: SIP, media, turns, sandbox speech
pacing p99        ${pacingP99Ms.toFixed(2)} ms; ${packetsDropped} packets dropped
${describeMachine(machine())}`);
  if (result.errors !== '') say(result.errors.slice(0, 2_000));
}

function toResults(measured: Measured): readonly BenchResult[] {
  const { result, usPerCallSecond, pacingP99Ms, packetsDropped } = measured;
  return [
    { metric: 'successful_calls', value: result.successfulCalls, unit: 'count' },
    { metric: 'failed_calls', value: result.failedCalls, unit: 'count' },
    { metric: 'retransmissions', value: result.retransmissions, unit: 'count' },
    { metric: 'cpu_us_per_call_second', value: usPerCallSecond, unit: 'us' },
    { metric: 'pacing_p99_ms', value: pacingP99Ms, unit: 'ms' },
    { metric: 'packets_dropped', value: packetsDropped, unit: 'count' },
  ];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
