import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeMediaEngine } from '../../../../src/io/native-media-engine.ts';
import { processStatus } from '../process-status.ts';
import type { MediaHolding } from './media-holding.ts';
import { planSession } from './session-plan.ts';
import { SoakedSession, type SoakSettings } from './soaked-session.ts';

/** The engine under soak as a process of its own, so that its memory is its own: told what to do by messages. */
export type EngineOrder =
  | {
      readonly do: 'calls';
      readonly first: number;
      readonly count: number;
      readonly atOnce: number;
    }
  | { readonly do: 'hold' }
  | { readonly do: 'end' };

export type EngineReport =
  | { readonly type: 'opened'; readonly port: number; readonly number: number }
  | { readonly type: 'held'; readonly holding: MediaHolding }
  | { readonly type: 'done' };

const SETTLE_MS = 2_000;
const PORT_FIRST = 30_000;
const PORT_LAST = 39_999;

const [seed = 1, peerPort = 0] = process.argv.slice(2).map(Number);
const recordingsDir = await mkdtemp(join(tmpdir(), 'trunkline-soak-'));
const engine = NativeMediaEngine.create({
  host: '127.0.0.1',
  portFirst: PORT_FIRST,
  portLast: PORT_LAST,
  threads: 2,
  vadWeightsPath: 'build/silero-v6.bin',
});

function tell(report: EngineReport): void {
  process.send?.(report);
}

process.on('message', (order: EngineOrder) => void carryOut(order));

async function carryOut(order: EngineOrder): Promise<void> {
  switch (order.do) {
    case 'calls':
      await makeCalls(order.first, order.count, order.atOnce);
      tell({ type: 'done' });
      break;
    case 'hold':
      tell({ type: 'held', holding: await holding() });
      break;
    default:
      await engine.close();
      await rm(recordingsDir, { recursive: true });
      process.disconnect();
  }
}

async function makeCalls(first: number, count: number, atOnce: number): Promise<void> {
  let next = first;
  const work = async () => {
    while (next < first + count) {
      const number = next;
      next += 1;
      const settings: SoakSettings = {
        engine,
        recordingsDir,
        peerPort,
        onOpened: (port) => tell({ type: 'opened', port, number }),
      };
      await new SoakedSession(planSession(seed, number), number, settings).run();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Without garbage, once what is on its way has come. */
async function holding(): Promise<MediaHolding> {
  await delay(SETTLE_MS);
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await delay(50);
  }
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  const status = processStatus(process.pid);
  const { sessionsOpen, portsFree } = engine.stats();
  return {
    sessions: sessionsOpen,
    portsFree,
    openFiles: status.openFiles,
    udpSockets: status.udpSockets,
    threads: status.threads,
    recordingFiles: (await readdir(recordingsDir)).length,
    heapBytes: heapUsed,
    externalBytes: arrayBuffers + external,
    rssBytes: status.rssBytes,
  };
}
