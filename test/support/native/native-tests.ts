import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BUILD = join(ROOT, 'build', 'native');

/** `make` in `native/test`. Only one at a time: whoever comes second waits for the first (flock(1)). */
export function makeArguments(...targets: readonly string[]): readonly [string, readonly string[]] {
  mkdirSync(BUILD, { recursive: true });
  const make = ['make', '--directory', join(ROOT, 'native', 'test'), '--jobs=2', '--keep-going'];
  return ['flock', [join(BUILD, 'lock'), ...make, ...targets]];
}

/** Why `compiler` cannot build with `sanitizers`; empty when it can. */
export function missingSanitizers(compiler: string, sanitizers: string): string {
  const out = mkdtempSync(join(tmpdir(), 'trunkline-probe-'));
  const main = sanitizers.includes('fuzzer')
    ? 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
    : 'int main() {}';
  const args = ['-x', 'c++', `-fsanitize=${sanitizers}`, '-o', join(out, 'probe'), '-'];
  const { status } = spawnSync(compiler, args, { input: main, encoding: 'utf8' });
  rmSync(out, { recursive: true });
  return status === 0 ? '' : `${compiler} cannot build with -fsanitize=${sanitizers}`;
}

export const ASAN = ['c++', 'address,undefined'] as const;
export const TSAN = ['c++', 'thread'] as const;
export const FUZZER = ['clang++', 'fuzzer,address,undefined'] as const;
