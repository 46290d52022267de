import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureEncryptionKey } from '../../../src/store/encryption-key.ts';
import { temporaryFile } from './store-fixture.ts';

test('the first start makes a key that its owner only can read; later ones keep it', async () => {
  const folder = join(dirname(temporaryFile()), 'data');
  const key = await ensureEncryptionKey(folder, undefined);
  const file = join(folder, 'encryption.key');

  expect(key).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8').trim()).toBe(key);
  expect(await ensureEncryptionKey(folder, undefined)).toBe(key);
});

test('a configured key needs no file', async () => {
  const folder = dirname(temporaryFile());

  expect(await ensureEncryptionKey(folder, 'configured')).toBe('configured');
  expect(() => statSync(join(folder, 'encryption.key'))).toThrow();
});

test('a file without a key stops the start and names it', async () => {
  const folder = dirname(temporaryFile());
  writeFileSync(join(folder, 'encryption.key'), '\n');

  await expect(ensureEncryptionKey(folder, undefined)).rejects.toThrow('encryption.key: holds no');
});
