import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const DOCUMENT = 'docs/rfc-coverage.md';

interface Row {
  readonly rfc: string;
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** The rows of its tables; what stands in back quotes in these cells is a path. */
function rows(): readonly Row[] {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  const cells = lines
    .filter((line) => /^\| *[0-9]/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return cells.map(([, rfc = '', file = '', testCell = '']) => ({
    rfc,
    files: paths(file),
    tests: paths(testCell),
  }));
}

function paths(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
}

/** `sip/via` may be `sip/via.ts`, a folder, or the beginning of the names of several tests (`user-agent`, `user-agent-client`). */
function exists(path: string, root: string): boolean {
  if (existsSync(`${root}/${path}`)) return true;
  const at = path.lastIndexOf('/');
  const folder = `${root}/${path.slice(0, at)}`;
  if (!existsSync(folder)) return false;
  const name = path.slice(at + 1);
  return readdirSync(folder).some((entry) => entry === name || entry.startsWith(`${name}.`));
}

const all = rows();

test('docs/rfc-coverage.md has rows', () => {
  expect(all.length).toBeGreaterThan(50);
});

test.each(all)('the files and tests of RFC $rfc exist', ({ files, tests }) => {
  const roots = ['src', 'native', 'configs', '.'];
  const missingFiles = files.filter((path) => !roots.some((root) => exists(path, root)));
  expect(missingFiles).toEqual([]);
  expect(tests.filter((path) => !['test', '.'].some((root) => exists(path, root)))).toEqual([]);
});

/** What the SIP stack is measured by. */
const SIP_RFCS =
  '3261 3262 3263 3264 3311 3323 3325 3326 3420 3515 3581 3891 3892 4028 4475 5118 5626 5923 6026 6086 6337 7616 8760 8866'.split(
    ' ',
  );

test.each(SIP_RFCS)('RFC %s has a row with a file and a test', (rfc) => {
  const ofIt = all.filter((row) => new RegExp(`(?<![0-9])${rfc}(?![0-9])`).test(row.rfc));
  expect(ofIt.filter(({ files, tests }) => files.length > 0 && tests.length > 0)).not.toEqual([]);
});
