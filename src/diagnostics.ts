import type { Engine, EngineStats } from './engine.ts';
import { liveHeapBytes } from './io/live-heap.ts';
import type { Logger } from './telemetry/logger.ts';

/** What the process holds at the moment, for people who look for a leak. */
export interface Diagnostics extends Partial<EngineStats> {
  /** Of the main thread. */
  readonly heapUsedBytes: number;
  readonly arrayBuffersBytes: number;
  readonly rssBytes: number;
  /** What keeps the event loop of the main thread busy, by its kind in Node. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Logs a line `diagnostics` at every SIGUSR2. */
export function diagnoseOnSignal(engine: Engine, logger: Logger): void {
  process.on('SIGUSR2', () => {
    diagnose(engine).then(
      (found) => logger.info(found, 'diagnostics'),
      (error: unknown) => logger.warn({ err: error }, 'no diagnostics'),
    );
  });
}

async function diagnose(engine: Engine): Promise<Diagnostics> {
  const stats = await engine.stats();
  const heapUsedBytes = liveHeapBytes();
  const { arrayBuffers: arrayBuffersBytes, rss: rssBytes } = process.memoryUsage();
  const resources = countEach(process.getActiveResourcesInfo());
  return { ...stats, heapUsedBytes, arrayBuffersBytes, rssBytes, resources };
}

function countEach(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
