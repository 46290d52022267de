import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ASAN,
  FUZZER,
  makeArguments,
  missingSanitizers,
  TSAN,
} from '../../support/native/native-tests.ts';

const FUZZERS = readdirSync(new URL('../../../native/fuzz', import.meta.url))
  .filter((name) => name.endsWith('.cc'))
  .map((name) => basename(name, '.cc'));
const FUZZ_SECONDS = 20;
const PATIENCE_MS = 900_000;

interface Outcome {
  readonly status: unknown;
  readonly output: string;
}

async function make(...targets: readonly string[]): Promise<Outcome> {
  const [command, args] = makeArguments(...targets);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => parts.push(String(data)));
  }
  const [status] = await once(child, 'close');
  return { status, output: parts.join('') };
}

const hasFlock = spawnSync('flock', ['--version']).status === 0;

describe.skipIf(!hasFlock)('the native engine without Node', () => {
  it(
    'passes its own tests under AddressSanitizer and UndefinedBehaviorSanitizer',
    async ({ skip }) => {
      const reason = missingSanitizers(...ASAN);
      skip(reason !== '', reason);
      const { status, output } = await make('asan');
      expect(output).toMatch(/\b0 failures/);
      expect(status).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    'passes its threaded tests under ThreadSanitizer',
    async ({ skip }) => {
      const reason = missingSanitizers(...TSAN);
      skip(reason !== '', reason);
      const { status, output } = await make('tsan-threaded');
      expect(output).toMatch(/\b0 failures/);
      expect(status).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    `survives ${FUZZ_SECONDS} s of each fuzzer: ${FUZZERS.join(', ')}`,
    async ({ skip }) => {
      const reason = missingSanitizers(...FUZZER);
      skip(reason !== '', reason);
      const targets = FUZZERS.map((name) => `fuzz-${name}`);
      const { status, output } = await make(`SECONDS=${FUZZ_SECONDS}`, ...targets);
      expect(output).not.toMatch(/SUMMARY: .*(Sanitizer|libFuzzer)/);
      expect(status).toBe(0);
    },
    PATIENCE_MS,
  );
});
