import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = 'pocketsphinx_continuous';
const LIMIT_MS = 20_000;

/** Why no words can be recognised here; `undefined` when they can. */
export function recogniserMissing(): string | undefined {
  const { error } = spawnSync(PROGRAM, ['-version'], { timeout: 10_000 });
  return error && `${PROGRAM} is not installed (apt-get install pocketsphinx pocketsphinx-en-us)`;
}

/** The words that an independent recogniser makes of 8 kHz audio. */
export async function recognise(samples: Int16Array): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-words-'));
  const file = join(folder, 'speech.raw');
  await writeFile(file, new Uint8Array(widened(samples).buffer));
  const { stdout } = await promisify(execFile)(PROGRAM, ['-infile', file], { timeout: LIMIT_MS });
  await rm(folder, { recursive: true });
  return stdout.split(/\s+/).filter((word) => word !== '');
}

/**
 * To 16 kHz by zeros: the image above 4 kHz stands in for what the line cut off. Its models know no telephone and take silence
 * up there for none of the sounds they have.
 */
function widened(samples: Int16Array): Int16Array {
  const wide = new Int16Array(samples.length * 2);
  for (const [at, sample] of samples.entries()) wide[at * 2] = sample;
  return wide;
}
