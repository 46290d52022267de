import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../native/test', import.meta.url));

/** Why the sanitizers cannot run here; empty when they can. */
function missing(): string {
  const out = mkdtempSync(join(tmpdir(), 'trunkline-asan-'));
  const options = { input: 'int main() {}', encoding: 'utf8' as const };
  const args = ['-x', 'c++', '-fsanitize=address,undefined', '-o', join(out, 'probe'), '-'];
  const compiled = spawnSync('c++', args, options);
  rmSync(out, { recursive: true });
  return compiled.status === 0 ? '' : 'the C++ compiler has no AddressSanitizer';
}

describe('the native engine without Node', () => {
  it('passes its own tests under AddressSanitizer and UndefinedBehaviorSanitizer', ({ skip }) => {
    const reason = missing();
    skip(reason !== '', reason);
    const run = spawnSync('make', ['--directory', FOLDER, '--jobs=2', 'asan'], {
      encoding: 'utf8',
    });
    expect(run.stdout + run.stderr).toMatch(/\b0 failures/);
    expect(run.status).toBe(0);
  }, 300_000);
});
