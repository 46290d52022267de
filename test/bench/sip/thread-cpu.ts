import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of a process so far, in microseconds. */
export interface ProcessCpu {
  /** Every thread, helpers of the JavaScript engine too. */
  readonly totalUs: number;
  readonly mainThreadUs: number;
  /** Threads other than the main one, by id. */
  readonly threadsUs: ReadonlyMap<number, number>;
}

/** Linux only: /proc/PID/task/TID/schedstat, whose first number is the time on a processor in nanoseconds. */
export function processCpu(pid: number): ProcessCpu {
  const threadsUs = new Map<number, number>();
  let mainThreadUs = 0;
  for (const name of readdirSync(`/proc/${pid}/task`)) {
    const tid = Number(name);
    const us = cpuOfThread(pid, tid);
    if (tid === pid) mainThreadUs = us;
    else threadsUs.set(tid, us);
  }
  const others = [...threadsUs.values()].reduce((sum, us) => sum + us, 0);
  return { totalUs: mainThreadUs + others, mainThreadUs, threadsUs };
}

function cpuOfThread(pid: number, tid: number): number {
  try {
    return parseSchedstat(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8'));
  } catch {
    // Ended since the folder was read.
    return 0;
  }
}

function parseSchedstat(text: string): number {
  return Number(text.trim().split(' ')[0]) / 1_000;
}

/** The thread, other than the main one, that worked most between two readings. */
export function busiestThreadUs(from: ProcessCpu, to: ProcessCpu): number {
  const spent = [...to.threadsUs].map(([tid, us]) => us - (from.threadsUs.get(tid) ?? 0));
  return Math.max(0, ...spent);
}
