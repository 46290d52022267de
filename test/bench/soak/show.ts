import { FIGURE_NAMES, type FigureName, figure, type HoldingsInTime, inTime } from './holding.ts';

const NAME_WIDTH = 28;
const VALUE_WIDTH = 12;

/** A row for each figure, in columns. */
export function holdingTable(holdings: HoldingsInTime): string {
  const rows = FIGURE_NAMES.map((name) => {
    const values = inTime(name, holdings).map((value) => shown(name, value));
    return row(figure(name).what, values);
  });
  return [row('', ['before', 'half-way', 'after']), ...rows].join('\n');
}

function row(title: string, values: readonly string[]): string {
  return title.padEnd(NAME_WIDTH) + values.map((value) => value.padStart(VALUE_WIDTH)).join('');
}

function shown(name: FigureName, value: number): string {
  return figure(name).unit === 'bytes' ? `${(value / 1e6).toFixed(2)} MB` : String(value);
}
