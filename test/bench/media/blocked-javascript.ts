import { setTimeout as delay } from 'node:timers/promises';
import { LoadGenerator, type LoadReport } from '../load/load-generator.ts';
import { MediaProcess } from '../load/media-process.ts';

const SETTLE_MS = 1_500;
const BLOCKED_MS = 2_000;
const AGENT_RATE_HZ = 24_000;

export interface BlockedOptions {
  readonly calls: number;
  readonly speechPath: string;
  /** Of the engine, JavaScript and media thread alike, and of the callers. */
  readonly cpu: number | undefined;
  readonly loadCpu: number | undefined;
}

/** Departures while JavaScript does something else for two seconds, on the same core. */
export async function measureBlocked(options: BlockedOptions): Promise<LoadReport> {
  const { calls, speechPath, cpu, loadCpu } = options;
  const load = await LoadGenerator.start({ speechPath, cpu: loadCpu, timerCpu: cpu });
  const media = await MediaProcess.start({ threads: 1, cpu });
  try {
    load.call(
      await media.open({
        count: calls,
        remotePort: load.port,
        agentRateHz: AGENT_RATE_HZ,
        recordIn: undefined,
      }),
    );
    await delay(SETTLE_MS);
    await load.measure(BLOCKED_MS / 1_000);
    await media.blockJavaScript(BLOCKED_MS);
    const report = await load.report();
    await load.hangUp();
    await media.closeCalls();
    return report;
  } finally {
    await Promise.all([media.close(), load.close()]);
  }
}
