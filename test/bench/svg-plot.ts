/** One line of a plot, or points alone. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** A dashed line across, say a target. */
  readonly limit?: { readonly y: number; readonly name: string };
  /** The axis reaches at least up to it. */
  readonly yAtLeast?: number;
  /** And no higher: what is above is drawn at the edge. */
  readonly yAtMost?: number;
}

const WIDTH = 720;
const PANEL_HEIGHT = 280;
const MARGIN = { left: 72, right: 24, top: 44, bottom: 48 };
const TICKS = 5;
const LEGEND_WIDTH = 115;

/** Panels one above the other as an SVG document, axes from 0. For figures in `docs/images`. */
export function plotSvg(panels: readonly Panel[]): string {
  const height = panels.length * PANEL_HEIGHT;
  const body = panels.map((panel, index) => drawPanel(panel, index * PANEL_HEIGHT)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${body}
</svg>
`;
}

interface Scale {
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

function drawPanel(panel: Panel, top: number): string {
  const scale = scaleOf(panel, top);
  const bottom = top + PANEL_HEIGHT - MARGIN.bottom;
  const middle = (MARGIN.left + WIDTH - MARGIN.right) / 2;
  return [
    text(MARGIN.left, top + 18, panel.title, 'font-weight="bold"'),
    text(middle, bottom + 36, panel.xLabel, 'text-anchor="middle"'),
    `<text transform="translate(16 ${(top + MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(panel.yLabel)}</text>`,
    ...scale.yTicks.map((tick) => drawYTick(tick, scale)),
    ...scale.xTicks.map((tick) =>
      text(scale.x(tick), bottom + 16, label(tick), 'text-anchor="middle"'),
    ),
    ...drawLimit(panel, scale),
    ...panel.series.map((series, index) => drawSeries(series, index, { scale, top })),
  ].join('\n');
}

function scaleOf(
  { series, limit, yAtLeast = 0, yAtMost = Number.POSITIVE_INFINITY }: Panel,
  top: number,
): Scale {
  const points = series.flatMap((each) => each.points);
  const xTicks = ticksUpTo(Math.max(0, ...points.map(({ x }) => x)));
  const highest = Math.max(yAtLeast, limit?.y ?? 0, ...points.map(({ y }) => y));
  const yTicks = ticksUpTo(Math.min(yAtMost, highest));
  const xMax = xTicks.at(-1) ?? 1;
  const yMax = yTicks.at(-1) ?? 1;
  const bottom = top + PANEL_HEIGHT - MARGIN.bottom;
  const place = (value: number) => value.toFixed(1);
  return {
    xTicks,
    yTicks,
    x: (value) => place(MARGIN.left + (value / xMax) * (WIDTH - MARGIN.left - MARGIN.right)),
    y: (value) =>
      place(bottom - (Math.min(value, yMax) / yMax) * (PANEL_HEIGHT - MARGIN.top - MARGIN.bottom)),
  };
}

/** 0 and round numbers, the last of which is not below `most`. */
export function ticksUpTo(most: number): readonly number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

function drawYTick(tick: number, scale: Scale): string {
  const y = scale.y(tick);
  const line = `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}" stroke="#ddd"/>`;
  return `${line}${text(MARGIN.left - 8, Number(y) + 4, label(tick), 'text-anchor="end"')}`;
}

function drawLimit({ limit }: Panel, scale: Scale): readonly string[] {
  if (limit === undefined) return [];
  const y = scale.y(limit.y);
  return [
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}" stroke="#888" stroke-dasharray="6 4"/>`,
    text(MARGIN.left + 6, Number(y) - 5, limit.name, 'fill="#666"'),
  ];
}

function drawSeries(
  { name, color, points }: Series,
  index: number,
  { scale, top }: { readonly scale: Scale; readonly top: number },
): string {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const line = sorted.map(({ x, y }) => `${scale.x(x)},${scale.y(y)}`).join(' ');
  const dots = sorted.map(
    ({ x, y }) => `<circle cx="${scale.x(x)}" cy="${scale.y(y)}" r="3" fill="${color}"/>`,
  );
  const legendX = WIDTH - MARGIN.right - LEGEND_WIDTH * (index + 1);
  return [
    `<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...dots,
    `<rect x="${legendX}" y="${top + 9}" width="10" height="10" fill="${color}"/>`,
    text(legendX + 16, top + 18, name),
  ].join('');
}

function text(x: number | string, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
