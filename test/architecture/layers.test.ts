import { readdirSync } from 'node:fs';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, expect, test } from 'vitest';
import { cruiseOptions, LAYERS } from './layers.ts';

let result: ICruiseResult;

beforeAll(async () => {
  const { output } = await cruise(['src'], cruiseOptions);
  if (typeof output === 'string') throw new Error('expected a cruise result, got text');
  result = output;
}, 60_000);

test('every import in src/ obeys the layer table', () => {
  const violations = result.summary.violations;

  expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
});

// Without a compiler API that it knows, dependency-cruiser sees no TypeScript and reports success.
test('the whole tree was read', () => {
  expect(result.summary.totalCruised).toBeGreaterThan(50);
});

test('every folder in src/ is a layer', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );

  for (const { name } of folders) expect(Object.keys(LAYERS)).toContain(name);
});
