import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrunklineError } from '../core/errors.ts';

const FILE = 'encryption.key';
const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/**
 * The configured key, or the one in the data folder, which is made at the first start and can be read by its owner only.
 * @throws TrunklineError `config-invalid` when the file cannot be read or written
 */
export async function ensureEncryptionKey(
  dataDir: string,
  configured: string | undefined,
): Promise<string> {
  if (configured !== undefined) return configured;
  const file = join(dataDir, FILE);
  try {
    return (await keyIn(file)) ?? (await makeKey(dataDir, file));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'cannot be read';
    throw new TrunklineError('config-invalid', `${file}: ${problem}`, { cause });
  }
}

/** Undefined when there is none. */
async function keyIn(file: string): Promise<string | undefined> {
  try {
    const key = (await readFile(file, 'utf8')).trim();
    if (key.length < KEY_BYTES) throw new Error('holds no key');
    await chmod(file, OWNER_ONLY);
    return key;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeKey(dataDir: string, file: string): Promise<string> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, `${key}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  return key;
}
