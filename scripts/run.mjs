// Entry of every npm script: sets the checkout up where that is needed, then hands over to the pinned Node 24.
// Plain JavaScript without dependencies, because it is the one file that any node >= 20 must run before the packages are there.
//
//   node scripts/run.mjs src/main.ts [arguments]   run a program
//   node scripts/run.mjs --test [vitest arguments] run the tests
//   node scripts/run.mjs --check                   types, lint, unused code
//   node scripts/run.mjs --setup                   set up only
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { nodeBinary, setUp } from './set-up.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

/** The whole suite: test/support/native/build-ahead.ts has a use for the time that the tests wait. */
if (process.argv[2] === '--test' && process.argv.length === 3)
  process.env.TRUNKLINE_WHOLE_SUITE = 'yes';

const MODES = {
  '--setup': () => [],
  '--test': (rest) => [['node_modules/vitest/vitest.mjs', 'run', ...rest]],
  '--check': () => [
    ['node_modules/typescript/bin/tsc', '--noEmit'],
    ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
    ['node_modules/knip/bin/knip.js'],
  ],
};

/** Runs one command on the pinned node and answers its exit code, a signal as 128 + number. */
function run(args) {
  const child = spawn(nodeBinary(root), args, { stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole group: the child has it already.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      done(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15));
    });
  });
}

async function main([mode, ...rest]) {
  if (mode === undefined) throw new Error('name a program or one of --setup, --test, --check');
  await setUp(root);
  const commands = MODES[mode]?.(rest) ?? [[mode, ...rest]];
  for (const command of commands) {
    const code = await run(command);
    if (code !== 0) return code;
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`trunkline: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
