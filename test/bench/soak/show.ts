import { FIGURE_NAMES, type FigureName, figure, type Holding } from './holding.ts';

export interface HoldingsInTime {
  readonly before: Holding;
  readonly halfWay: Holding;
  readonly after: Holding;
}

const NAME_WIDTH = 28;
const VALUE_WIDTH = 12;

/** A row for each figure, in columns. */
export function holdingTable({ before, halfWay, after }: HoldingsInTime): string {
  const rows = FIGURE_NAMES.map((name) =>
    row(
      figure(name).what,
      [before, halfWay, after].map((holding) => shown(name, holding)),
    ),
  );
  return [row('', ['before', 'half-way', 'after']), ...rows].join('\n');
}

function row(title: string, values: readonly string[]): string {
  return title.padEnd(NAME_WIDTH) + values.map((value) => value.padStart(VALUE_WIDTH)).join('');
}

function shown(name: FigureName, holding: Holding): string {
  const value = holding[name];
  return figure(name).unit === 'bytes' ? `${(value / 1e6).toFixed(2)} MB` : String(value);
}
