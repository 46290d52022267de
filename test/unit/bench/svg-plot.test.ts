import { expect, test } from 'vitest';
import { type Panel, plotSvg, ticksUpTo } from '../../bench/svg-plot.ts';

const PANEL: Panel = {
  title: 'Delay < jitter & loss',
  xLabel: 'calls',
  yLabel: 'ms',
  series: [
    {
      name: 'measured',
      color: '#123456',
      points: [
        { x: 1_000, y: 1 },
        { x: 100, y: 12 },
      ],
    },
  ],
};

test('an axis has round numbers that reach what is drawn', () => {
  expect(ticksUpTo(10)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(ticksUpTo(1_130)).toEqual([0, 500, 1_000, 1_500]);
  expect(ticksUpTo(0)).toEqual([0, 1]);
});

test('points are joined from left to right', () => {
  const [, points = ''] = /polyline points="([^"]*)"/.exec(plotSvg([PANEL])) ?? [];
  const xs = points.split(' ').map((point) => Number(point.split(',')[0]));

  expect(xs).toHaveLength(2);
  expect(xs[0]).toBeLessThan(xs[1] ?? 0);
});

test('what is above the axis is drawn at its edge', () => {
  const heights = (panel: Panel) =>
    [...plotSvg([panel]).matchAll(/cy="([0-9.]+)"/g)].map(([, y]) => Number(y));

  expect(Math.min(...heights({ ...PANEL, yAtMost: 2 }))).toBeCloseTo(44, 0);
});

test('text is escaped', () => {
  expect(plotSvg([PANEL])).toContain('Delay &lt; jitter &amp; loss');
});

test('panels stand one above the other', () => {
  expect(plotSvg([PANEL, PANEL])).toContain('height="560"');
});
