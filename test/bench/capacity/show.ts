import type { BenchResult } from '../report.ts';
import { type Panel, plotSvg, type Series } from '../svg-plot.ts';
import { MAX_PACING_P99_MS } from './judge.ts';
import type { Trial } from './trial.ts';

const TARGET_CALLS = 1_000;
const TARGET_CPU_US = 700;

export const HEADER =
  '  calls   loss %   pacing p50    p99   p99.9     max ms   timer p99   cpu us/call-s (media, JS)   KB/call   slots lost   steal %';

/** One line under {@link HEADER}. */
export function describeTrial(trial: Trial): string {
  const { pacingMs, timerMs } = trial;
  return [
    String(trial.calls).padStart(7),
    trial.lossPercent.toFixed(3).padStart(9),
    pacingMs.p50.toFixed(2).padStart(13),
    pacingMs.p99.toFixed(2).padStart(7),
    pacingMs.p999.toFixed(2).padStart(8),
    pacingMs.max.toFixed(1).padStart(11),
    timerMs.p99.toFixed(2).padStart(12),
    `${trial.cpuUsPerCallSecond.toFixed(0)} (${trial.mediaUsPerCallSecond.toFixed(0)}, ${trial.mainUsPerCallSecond.toFixed(0)})`.padStart(
      28,
    ),
    trial.memoryKbPerCall.toFixed(0).padStart(10),
    String(trial.audioSlotsLost).padStart(13),
    trial.stealPercent.toFixed(1).padStart(10),
  ].join('');
}

/** `suffix` keeps the figures of another form of the run apart. */
export function toResults(calls: number, at: Trial | undefined, suffix = ''): BenchResult[] {
  const result = (metric: string, value: number, unit: string): BenchResult => ({
    metric: `${metric}${suffix}`,
    value,
    unit,
  });
  const results = [result('media_calls_per_core', calls, 'calls')];
  if (at === undefined) return results;
  return [
    ...results,
    result('cpu_us_per_call_second', at.cpuUsPerCallSecond, 'us'),
    result('media_thread_us_per_call_second', at.mediaUsPerCallSecond, 'us'),
    result('javascript_us_per_call_second', at.mainUsPerCallSecond, 'us'),
    result('memory_kb_per_call', at.memoryKbPerCall, 'KB'),
    result('loss_percent', at.lossPercent, '%'),
    result('pacing_p50_ms', at.pacingMs.p50, 'ms'),
    result('pacing_p99_ms', at.pacingMs.p99, 'ms'),
    result('pacing_p999_ms', at.pacingMs.p999, 'ms'),
    result('pacing_max_ms', at.pacingMs.max, 'ms'),
    result('timer_p99_ms', at.timerMs.p99, 'ms'),
    result('audio_slots_lost', at.audioSlotsLost, 'count'),
  ];
}

export interface NamedTrials {
  readonly name: string;
  readonly trials: readonly Trial[];
}

const COLORS = ['#1f5fa8', '#c2491d'];

/** Pacing and cost over the number of calls. */
export function capacityPlot(runs: readonly NamedTrials[]): string {
  const series = (of: (trial: Trial) => number): readonly Series[] =>
    runs.map(({ name, trials }, index) => ({
      name,
      color: COLORS[index % COLORS.length] ?? '#000',
      points: trials.map((trial) => ({ x: trial.calls, y: of(trial) })),
    }));
  const pacing: Panel = {
    title: 'Departures off their 20 ms grid, p99',
    xLabel: 'calls on one core',
    yLabel: 'ms',
    series: series(({ pacingMs }) => pacingMs.p99),
    limit: {
      y: MAX_PACING_P99_MS,
      name: `required: ${MAX_PACING_P99_MS} ms at ${TARGET_CALLS} calls`,
    },
    yAtMost: 4 * MAX_PACING_P99_MS,
  };
  const cost: Panel = {
    title: 'Processor time of the whole process',
    xLabel: 'calls on one core',
    yLabel: 'us per call-second',
    series: series(({ cpuUsPerCallSecond }) => cpuUsPerCallSecond),
    limit: { y: TARGET_CPU_US, name: `required: ${TARGET_CPU_US} us` },
  };
  return plotSvg([pacing, cost]);
}
