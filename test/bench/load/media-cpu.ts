import { readFileSync } from 'node:fs';
import { processCpu } from '../sip/thread-cpu.ts';

/** Processor time of a process with a media engine so far, in microseconds. */
export interface MediaCpu {
  readonly totalUs: number;
  /** The thread of JavaScript. */
  readonly mainUs: number;
  readonly mediaUs: number;
}

/** Linux only. Media threads are known by their name. */
export function mediaCpu(pid: number): MediaCpu {
  const { totalUs, mainThreadUs: mainUs, threadsUs } = processCpu(pid);
  let mediaUs = 0;
  for (const [tid, us] of threadsUs) if (nameOf(pid, tid) === 'media') mediaUs += us;
  return { totalUs, mainUs, mediaUs };
}

function nameOf(pid: number, tid: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim();
  } catch {
    // Ended since the folder was read.
    return '';
  }
}
