import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machine, parseCpuTicks, stealPercent, writeReport } from '../../bench/report.ts';

const STAT = `cpu  100 5 50 800 10 1 4 30 7 3
cpu0 50 5 25 400 5 1 2 15 7 3
intr 12345
`;

test('steal is the eighth figure of the first line, and guests are not counted twice', () => {
  expect(parseCpuTicks(STAT)).toEqual({ total: 1_000, stolen: 30 });
});

test('what is no processor line has no ticks', () => {
  expect(parseCpuTicks('')).toBeUndefined();
  expect(parseCpuTicks('intr 1 2 3 4 5 6 7 8 9')).toBeUndefined();
  expect(parseCpuTicks('cpu  1 2 3 4')).toBeUndefined();
});

test('steal is a share of the time that went by between two looks', () => {
  const from = { total: 1_000, stolen: 30 };
  expect(stealPercent(from, { total: 1_200, stolen: 40 })).toBe(5);
  expect(stealPercent(from, from)).toBe(0);
});

test('a report is written as JSON into a folder that need not exist', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-report-'));
  const file = join(folder, 'new', 'report.json');
  const report = {
    name: 'test',
    machine: machine(),
    parameters: { calls: 3 },
    results: [{ metric: 'gap_p50_ms', value: 12.5, unit: 'ms' }],
  };
  await writeReport(file, report);
  await writeReport(undefined, report);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(report);
  await rm(folder, { recursive: true });
});
