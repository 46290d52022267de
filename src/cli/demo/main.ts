import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runDemo } from './demo.ts';
import { Timeline } from './timeline.ts';

const HELP = `npm run demo: a phone call to the engine, on this machine, in under a minute

Starts the engine, calls it with a SIP and RTP client of its own, asks two recorded questions, interrupts the
agent, presses 1 2 # and hangs up. Shows the conversation as it happens, the times of every turn, and where
the stereo recording and the JSON of the call are.

  npm run demo                       without any key: the sandbox plays back what the caller said
  OPENAI_API_KEY=... npm run demo    with OpenAI's models listening, answering and speaking
  npm run demo -- --data FOLDER      keep the files there instead of in a folder under data/demo

Without colours: NO_COLOR=1. Exit code 0: everything happened as it should.
`;
const EXIT_INTERRUPTED = 130;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const interrupt = new AbortController();
  let engineHasSignal = false;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A terminal sends Ctrl-C to everything that runs in it.
      engineHasSignal = name === 'SIGINT' && process.stdin.isTTY;
      interrupt.abort(new Error('interrupted'));
    });
  }
  const faults = await demo(values.data ?? newFolder(), interrupt.signal, () => engineHasSignal);
  if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
  return faults.length === 0 ? 0 : 1;
}

async function demo(
  folder: string,
  signal: AbortSignal,
  engineHasSignal: () => boolean,
): Promise<readonly string[]> {
  const timeline = new Timeline(process.stdout);
  const options = { env: process.env, dataDir: resolve(folder), timeline, signal, engineHasSignal };
  const faults = await runDemo(options).catch((error: unknown) => [messageOf(error)]);
  if (faults.length === 0) timeline.plain('\nEverything happened as it should.');
  for (const fault of faults) process.stderr.write(`\ndemo: ${fault}\n`);
  return faults;
}

function newFolder(): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return `data/demo/${stamp}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`demo: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
