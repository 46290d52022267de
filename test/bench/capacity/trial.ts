import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadGenerator, type LoadReport, type TimingMs } from '../load/load-generator.ts';
import { type MediaCpu, mediaCpu } from '../load/media-cpu.ts';
import { type ClosedCalls, MediaProcess } from '../load/media-process.ts';
import { cpuTicks, stealPercent } from '../report.ts';
import { processStatus } from '../soak/process-status.ts';

const SETTLE_MS = 2_000;
/** For what is still on its way when the callers hang up. */
const LINGER_MS = 300;

export interface TrialOptions {
  readonly calls: number;
  readonly seconds: number;
  readonly agentRateHz: number;
  readonly speechPath: string;
  readonly processors: Processors;
  readonly recording: boolean;
}

/** Which core is whose; undefined on a machine with only one. */
export interface Processors {
  readonly engine: number | undefined;
  readonly load: number | undefined;
}

/** One number of calls, held for some seconds. */
export interface Trial {
  readonly calls: number;
  /** Of all packets of both directions. */
  readonly lossPercent: number;
  readonly lostToEngine: number;
  readonly lostFromEngine: number;
  readonly pacingMs: TimingMs;
  readonly timerMs: TimingMs;
  readonly cpuUsPerCallSecond: number;
  readonly mediaUsPerCallSecond: number;
  readonly mainUsPerCallSecond: number;
  readonly memoryKbPerCall: number;
  /** Of what the engine heard, JavaScript was too late for so many 20 ms slots. */
  readonly audioSlotsLost: number;
  readonly concealedMs: number;
  readonly stealPercent: number;
}

/** The engine in a new process, so that its memory is that of these calls. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { calls, seconds, agentRateHz, speechPath, processors, recording } = options;
  const recordIn = recording ? await mkdtemp(join(dirname(speechPath), 'recordings-')) : undefined;
  const load = await LoadGenerator.start({
    speechPath,
    cpu: processors.load,
    timerCpu: processors.engine,
  });
  const media = await MediaProcess.start({ threads: 1, cpu: processors.engine });
  try {
    const emptyBytes = processStatus(media.pid).rssBytes;
    load.call(await media.open({ count: calls, remotePort: load.port, agentRateHz, recordIn }));
    await delay(SETTLE_MS);
    const from = look(media);
    await load.measure(seconds);
    await delay(seconds * 1_000);
    const to = look(media);
    const report = await load.report();
    const bytes = processStatus(media.pid).rssBytes - emptyBytes;
    const sentInAll = await load.hangUp();
    await delay(LINGER_MS);
    const closed = await media.closeCalls();
    return {
      calls,
      ...losses(report, sentInAll, closed),
      pacingMs: report.pacingMs,
      timerMs: report.timerMs,
      ...cost(from.cpu, to.cpu, calls * ((to.atMs - from.atMs) / 1_000)),
      memoryKbPerCall: bytes / 1_024 / calls,
      stealPercent: from.ticks && to.ticks ? stealPercent(from.ticks, to.ticks) : 0,
    };
  } finally {
    await Promise.all([media.close(), load.close()]);
    if (recordIn !== undefined) await rm(recordIn, { recursive: true });
  }
}

function look(media: MediaProcess) {
  return { atMs: performance.now(), cpu: mediaCpu(media.pid), ticks: cpuTicks() };
}

function losses(report: LoadReport, sentInAll: number, closed: ClosedCalls) {
  const lostToEngine = Math.max(0, sentInAll - closed.packetsReceived);
  const lostFromEngine = report.missing;
  // The shares are taken apart: one covers the whole of the calls, the other the measured seconds.
  const upPercent = (100 * lostToEngine) / Math.max(1, sentInAll);
  const downPercent = (100 * lostFromEngine) / Math.max(1, report.received + lostFromEngine);
  const { audioSlotsLost, concealedMs } = closed;
  return {
    lossPercent: (upPercent + downPercent) / 2,
    lostToEngine,
    lostFromEngine,
    audioSlotsLost,
    concealedMs,
  };
}

function cost(from: MediaCpu, to: MediaCpu, callSeconds: number) {
  return {
    cpuUsPerCallSecond: (to.totalUs - from.totalUs) / callSeconds,
    mediaUsPerCallSecond: (to.mediaUs - from.mediaUs) / callSeconds,
    mainUsPerCallSecond: (to.mainUs - from.mainUs) / callSeconds,
  };
}
