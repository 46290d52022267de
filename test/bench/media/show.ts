import type { LoadReport } from '../load/load-generator.ts';
import type { BenchResult } from '../report.ts';
import { type Panel, plotSvg, type Series } from '../svg-plot.ts';
import { CLEAN, REQUIRED } from './conditions.ts';
import { addedDelay, addedDetectionDelay, type Path, type Row } from './rows.ts';

const MAX_ADDED_DELAY_MS = 60;

export interface JudgedRow extends Row {
  /** In percent, where the recogniser is installed and the row is one of those that it hears. */
  readonly wordErrorRate: { readonly playout: number; readonly analysis: number } | undefined;
}

/** A table with two lines a row: the playout path, then the analysis path. */
export function describeRows(rows: readonly JudgedRow[], clean: Row): string {
  const head =
    'condition                      path      lost %   added p50   p95 ms   dropouts  underruns  clicks   seg. SNR dB   LSD dB   WER %   concealed ms   detected p50, p95 ms later';
  return [head, ...rows.flatMap((row) => describeRow(row, clean))].join('\n');
}

function describeRow(row: JudgedRow, clean: Row): readonly string[] {
  const { condition, lossPercent, playout, analysis, concealedMs, wordErrorRate } = row;
  const line = (name: string, path: Path, other: Path) => {
    const { p50Ms, p95Ms } = addedDelay(path, other);
    const { quality } = path;
    return [
      name.padEnd(8),
      lossPercent.toFixed(1).padStart(7),
      p50Ms.toFixed(1).padStart(12),
      p95Ms.toFixed(1).padStart(9),
      String(quality.dropouts).padStart(11),
      String(quality.underruns).padStart(11),
      String(quality.clicks).padStart(8),
      quality.segmentalSnrDb.toFixed(1).padStart(14),
      quality.logSpectralDistanceDb.toFixed(1).padStart(9),
    ].join('');
  };
  const rate = (percent: number | undefined) =>
    percent === undefined ? '-'.padStart(8) : percent.toFixed(1).padStart(8);
  const detected = addedDetectionDelay(row, clean);
  return [
    `${condition.name.padEnd(31)}${line('playout', playout, clean.playout)}${rate(wordErrorRate?.playout)}`,
    `${''.padEnd(31)}${line('analysis', analysis, clean.analysis)}${rate(wordErrorRate?.analysis)}${concealedMs.toFixed(0).padStart(15)}${detected.p50Ms.toFixed(1).padStart(17)}, ${detected.p95Ms.toFixed(1)}`,
  ];
}

export function describeBlocked({ calls, pacingMs, timerMs, missing }: LoadReport): string {
  return `${calls} calls with JavaScript blocked for 2 s: departures off their grid p99 ${pacingMs.p99.toFixed(2)} ms, p99.9 ${pacingMs.p999.toFixed(2)} ms, ${missing} missing; a bare timer p99 ${timerMs.p99.toFixed(2)} ms`;
}

/** Whether the required row is as required: no underrun, and the delay in its bounds. */
export function isAsRequired(rows: readonly JudgedRow[], clean: Row): boolean {
  const row = rows.find(({ condition }) => condition === REQUIRED);
  if (row === undefined) return false;
  const { p50Ms } = addedDelay(row.playout, clean.playout);
  return row.playout.quality.underruns === 0 && p50Ms <= MAX_ADDED_DELAY_MS;
}

export function toResults(
  rows: readonly JudgedRow[],
  clean: Row,
  blocked: LoadReport,
): readonly BenchResult[] {
  const required = rows.filter(({ condition }) => condition === REQUIRED);
  return [
    ...required.flatMap((row) => rowResults(row, clean)),
    { metric: 'pacing_p99_ms', value: blocked.pacingMs.p99, unit: 'ms' },
    { metric: 'pacing_p999_ms', value: blocked.pacingMs.p999, unit: 'ms' },
    { metric: 'timer_p99_ms', value: blocked.timerMs.p99, unit: 'ms' },
    ...rows.flatMap((row) =>
      rowResults(row, clean).map((result) => ({
        ...result,
        metric: `${result.metric}: ${row.condition.name}`,
      })),
    ),
  ];
}

function rowResults(row: JudgedRow, clean: Row): readonly BenchResult[] {
  const { playout, analysis, concealedMs, wordErrorRate } = row;
  const played = addedDelay(playout, clean.playout);
  const heard = addedDelay(analysis, clean.analysis);
  const detected = addedDetectionDelay(row, clean);
  const results = [
    { metric: 'underruns', value: playout.quality.underruns, unit: 'count' },
    { metric: 'dropouts', value: playout.quality.dropouts, unit: 'count' },
    { metric: 'added_delay_p50_ms', value: played.p50Ms, unit: 'ms' },
    { metric: 'added_delay_p95_ms', value: played.p95Ms, unit: 'ms' },
    { metric: 'clicks', value: playout.quality.clicks, unit: 'count' },
    { metric: 'segmental_snr_db', value: playout.quality.segmentalSnrDb, unit: 'dB' },
    {
      metric: 'log_spectral_distance_db',
      value: playout.quality.logSpectralDistanceDb,
      unit: 'dB',
    },
    { metric: 'analysis_added_delay_p50_ms', value: heard.p50Ms, unit: 'ms' },
    { metric: 'analysis_added_delay_p95_ms', value: heard.p95Ms, unit: 'ms' },
    { metric: 'detection_added_delay_p50_ms', value: detected.p50Ms, unit: 'ms' },
    { metric: 'detection_added_delay_p95_ms', value: detected.p95Ms, unit: 'ms' },
    { metric: 'analysis_segmental_snr_db', value: analysis.quality.segmentalSnrDb, unit: 'dB' },
    { metric: 'concealed_ms', value: concealedMs, unit: 'ms' },
  ];
  if (wordErrorRate === undefined) return results;
  return [
    ...results,
    { metric: 'word_error_rate', value: wordErrorRate.playout, unit: '%' },
    { metric: 'analysis_word_error_rate', value: wordErrorRate.analysis, unit: '%' },
  ];
}

const COLORS = { playout: '#1f5fa8', analysis: '#c2491d' };

/** Delay over jitter and quality over loss, of the rows that have nothing else. */
export function mediaPlot(rows: readonly JudgedRow[], clean: Row): string {
  const jitter = rows.filter(({ condition }) => isOnly(condition, 'jitterMs'));
  const loss = rows.filter(({ condition }) => isOnly(condition, 'lossPercent'));
  const series = (
    from: readonly JudgedRow[],
    x: (row: JudgedRow) => number,
    y: (row: JudgedRow, path: 'playout' | 'analysis') => number,
  ): readonly Series[] =>
    (['playout', 'analysis'] as const).map((path) => ({
      name: `${path} path`,
      color: COLORS[path],
      points: from.map((row) => ({ x: x(row), y: Math.max(0, y(row, path)) })),
    }));
  const jitterOf = ({ condition }: JudgedRow) => condition.jitterMs ?? 0;
  const lossOf = ({ condition }: JudgedRow) => condition.lossPercent ?? 0;
  const panels: readonly Panel[] = [
    {
      title: 'Delay added to that of a clean line, median',
      xLabel: 'jitter, uniform from 0 to so many ms',
      yLabel: 'ms',
      series: series(jitter, jitterOf, (row, path) => addedDelay(row[path], clean[path]).p50Ms),
      limit: { y: MAX_ADDED_DELAY_MS, name: 'required at 60 ms with 5 % loss: 60 ms' },
    },
    {
      title: 'Distance of the spectra from the clean signal',
      xLabel: 'loss in %, each packet by itself',
      yLabel: 'dB',
      series: series(loss, lossOf, (row, path) => row[path].quality.logSpectralDistanceDb),
    },
  ];
  return plotSvg(panels);
}

function isOnly(condition: Row['condition'], key: 'jitterMs' | 'lossPercent'): boolean {
  const others = Object.keys(condition).filter((name) => name !== 'name' && name !== key);
  return others.length === 0 && (condition === CLEAN || key in condition);
}
