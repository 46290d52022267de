import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { channelLevelsDbfs, readWav } from '../../../src/cli/demo/wav-file.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/demo/main.ts', import.meta.url));
const DEMO_LIMIT_MS = 90_000;

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trunkline-demo-'));
});

afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The demo as a process of its own, with no key of a provider in its environment. */
async function runDemo(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const { OPENAI_API_KEY, DEEPGRAM_API_KEY, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGTERM'), DEMO_LIMIT_MS - 5_000);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  clearTimeout(limit);
  return { code, output, errors };
}

describe('npm run demo', () => {
  test(
    'holds a call of five turns and leaves a stereo recording and the call object',
    async () => {
      const { code, output, errors } = await runDemo(['--data', dataDir]);

      expect(errors).toBe('');
      expect(code).toBe(0);
      expect(output).toContain('-- the caller interrupts --');
      expect(output).toMatch(/-- agent ducked after \d+ ms, silent after \d+ ms --/);
      for (const turn of ['1 greeting', '2 reply', '3 reply, interrupted', '4 reply', '5 keys']) {
        expect(output).toMatch(new RegExp(`^ {2}${turn} +\\d+\\.\\d\\d `, 'm'));
      }
      for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(150);
      expect(output).not.toContain('\u001b');

      const call = await readCall();
      expect(call.turns).toHaveLength(5);
      expect(call.transcript.map(({ user }) => user)).toEqual([
        'assistant',
        ...Array.from({ length: 4 }, () => ['user', 'assistant']).flat(),
      ]);
      expect(call.transcript.filter(({ interrupted }) => interrupted)).toHaveLength(1);
      expect(call.transcript.at(-1)?.text).toBe('You pressed one, two, pound.');

      const wav = await readWav(join(dataDir, 'recordings', `${call.id}.wav`));
      const [caller, agent] = channelLevelsDbfs(wav);
      expect(wav.channels).toHaveLength(2);
      expect(wav.sampleRateHz).toBe(8_000);
      expect(caller).toBeGreaterThan(-40);
      expect(agent).toBeGreaterThan(-40);
      expect(wav.durationMs / 60_000).toBeCloseTo(call.duration, 1);
    },
    DEMO_LIMIT_MS,
  );

  test('shows what the engine said when it did not start', async () => {
    const { code, errors } = await runDemo(['--data', dataDir], { TRUNKLINE_STT: 'openai' });
    expect(code).toBe(1);
    expect(errors).toContain('before it took calls');
    expect(errors).toContain('providers.stt: needs OPENAI_API_KEY');
  });

  test('refuses an option that it does not know', async () => {
    const { code, errors } = await runDemo(['--loud']);
    expect(code).toBe(1);
    expect(errors).toContain("demo: Unknown option '--loud'");
  });

  test('explains itself', async () => {
    const { code, output } = await runDemo(['--help']);
    expect(code).toBe(0);
    expect(output).toContain('npm run demo');
  });
});

interface StoredCall {
  readonly id: string;
  readonly duration: number;
  readonly turns: readonly object[];
  readonly transcript: readonly {
    readonly user: string;
    readonly text: string;
    readonly interrupted: boolean;
  }[];
}

async function readCall(): Promise<StoredCall> {
  const names = (await readdir(dataDir)).filter((name) => name.endsWith('.json'));
  expect(names).toHaveLength(1);
  return JSON.parse(await readFile(join(dataDir, names[0] ?? ''), 'utf8')) as StoredCall;
}
