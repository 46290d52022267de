import { runSipp, type SippResult } from '../../support/sipp/sipp.ts';

const MAX_AT_ONCE = 20_000;
const SPARE_SECONDS = 60;

export interface LoadOptions {
  readonly port: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly transport: 'udp' | 'tcp';
}

export interface LoadResult extends SippResult {
  /** Answered and ended, per second of the whole run. */
  readonly achievedPerSecond: number;
}

/** SIPp calls, and hangs up as soon as it is answered. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, calls, callsPerSecond, transport } = options;
  const begun = performance.now();
  const result = await runSipp({
    scenario: 'uac-bench',
    remote: { host: '127.0.0.1', port },
    transport,
    calls,
    callsPerSecond,
    concurrentCalls: Math.min(calls, MAX_AT_ONCE),
    timeoutSeconds: Math.ceil(calls / callsPerSecond) + SPARE_SECONDS,
  });
  const seconds = (performance.now() - begun) / 1_000;
  return { ...result, achievedPerSecond: result.successfulCalls / seconds };
}

/** Whether every call went well, at about the rate asked for. */
export function keptUp({ exitCode, failedCalls, achievedPerSecond }: LoadResult, rate: number) {
  return exitCode === 0 && failedCalls === 0 && achievedPerSecond > 0.9 * rate;
}
