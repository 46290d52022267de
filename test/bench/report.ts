import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { dirname } from 'node:path';

export interface BenchResult {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

/** Where a figure was measured, without which it says nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  /** Share of the processor time that the host took away during the run; undefined where the kernel does not count it. */
  readonly stealPercent?: number;
}

export interface BenchReport {
  readonly name: string;
  readonly machine: Machine;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly results: readonly BenchResult[];
}

/** Processor time of all cores since boot, in the kernel's ticks. */
export interface CpuTicks {
  readonly total: number;
  readonly stolen: number;
}

const USER_TO_STEAL = 8;
const STEAL = 7;

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of user and nice. */
export function parseCpuTicks(stat: string): CpuTicks | undefined {
  const [line = ''] = stat.split('\n');
  const ticks = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + USER_TO_STEAL)
    .map(Number);
  const stolen = ticks[STEAL];
  if (!line.startsWith('cpu ') || stolen === undefined) return undefined;
  return { total: ticks.reduce((sum, tick) => sum + tick, 0), stolen };
}

/** Of now. Undefined where there is no /proc. */
export function cpuTicks(): CpuTicks | undefined {
  try {
    return parseCpuTicks(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return undefined;
  }
}

export function stealPercent(from: CpuTicks, to: CpuTicks): number {
  const total = to.total - from.total;
  return total > 0 ? (100 * (to.stolen - from.stolen)) / total : 0;
}

const AT_START = cpuTicks();

/** This machine, with the steal since the bench was started. */
export function machine(): Machine {
  const now = cpuTicks();
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: release(),
    node: process.version,
    ...(AT_START && now && { stealPercent: Math.round(stealPercent(AT_START, now) * 10) / 10 }),
  };
}

/** One line for people. */
export function describeMachine({ cpu, cores, memoryGb, kernel, node, stealPercent }: Machine) {
  const steal = stealPercent === undefined ? 'steal unknown' : `${stealPercent} % stolen`;
  return `${cores} cores of ${cpu}, ${memoryGb} GB, Linux ${kernel}, node ${node}, ${steal}`;
}

/** As JSON to `file`, whose folder is made; nothing without one. */
export async function writeReport(file: string | undefined, report: BenchReport): Promise<void> {
  if (file === undefined) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}
