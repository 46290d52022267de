import { spread } from '../percentiles.ts';
import type { BenchCall } from './bench-call.ts';
import type { CapturedCall } from './capture.ts';
import type { Figures } from './figures.ts';
import { bargeIns, turnGaps } from './packet-analysis.ts';

const ROWS: readonly (readonly [string, (figures: Figures) => readonly number[]])[] = [
  ['gap, last packet of the caller to first of the agent', ({ gap }) => gap],
  ['own share of it', ({ own }) => own],
  ['  detector frame (unavoidable, up to 32)', ({ frame }) => frame],
  ['  packet slot (unavoidable, up to 20)', ({ slot }) => slot],
  ['  processing', ({ processing }) => processing],
  ["    the deadline's timer", ({ timer }) => timer],
  ['    to the language model and back', ({ llmWay }) => llmWay],
  ['    first token to sentence', ({ sentence }) => sentence],
  ['    to the synthesiser and back', ({ ttsWay }) => ttsWay],
  ['interruption to 12 dB down', ({ duck }) => duck],
  ['interruption to silence', ({ silent }) => silent],
];

export function showFigures(figures: Figures, concurrency: number): void {
  const lines = [
    '',
    `${`ms, ${concurrency} at once`.padEnd(56)}${['n', 'p50', 'p95', 'p99'].map(cell).join('')}`,
    ...ROWS.map(([title, pick]) => {
      const { n, p50, p95, p99 } = spread(pick(figures));
      return `${title.padEnd(56)}${[String(n), fixed(p50), fixed(p95), fixed(p99)].map(cell).join('')}`;
    }),
    ...(figures.unmatched > 0 ? [`${figures.unmatched} turns could not be matched`] : []),
    ...(figures.missedBargeIns > 0 ? [`${figures.missedBargeIns} interruptions were missed`] : []),
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

/** The callers' own figures against those of the capture: the same turns, call by call. */
export function agreementWith(
  placed: readonly BenchCall[],
  captured: readonly CapturedCall[],
): string {
  const differences: number[] = [];
  let missing = 0;
  for (const call of placed) {
    const other = captured.find(({ callerPort }) => callerPort === call.rtpPort);
    const ours = pairs(call);
    const theirs = other ? pairs(other) : [];
    if (ours.length !== theirs.length) missing += 1;
    else differences.push(...ours.map((value, index) => Math.abs(value - (theirs[index] ?? 0))));
  }
  const { n, p50, p95 } = spread(differences);
  const worst = Math.max(...differences);
  return (
    `\ncapture: ${n} figures of ${captured.length} calls, difference to the callers' own ` +
    `p50 ${fixed(p50)} p95 ${fixed(p95)} max ${fixed(worst)} ms` +
    `${missing > 0 ? `, ${missing} calls with another number of turns` : ''}\n`
  );
}

function pairs(call: Pick<BenchCall, 'sent' | 'heard'>): number[] {
  const gaps = turnGaps(call.sent, call.heard).map(({ gapMs }) => gapMs);
  const stops = bargeIns(call.sent, call.heard).flatMap(({ duckMs, silentMs }) => [
    duckMs ?? 0,
    silentMs ?? 0,
  ]);
  return [...gaps, ...stops];
}

function cell(text: string): string {
  return text.padStart(9);
}

function fixed(value: number): string {
  return value.toFixed(1);
}
