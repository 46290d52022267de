import { expect, test } from 'vitest';
import { generateApiKey, hashApiKey } from '../../../src/accounts/api-key.ts';

test('a generated key is tc_live_ and 40 letters and digits, never the same', () => {
  const keys = Array.from({ length: 100 }, generateApiKey);

  for (const key of keys) expect(key).toMatch(/^tc_live_[A-Za-z0-9]{40}$/);
  expect(new Set(keys).size).toBe(100);
});

test('a key is stored as its SHA-256', () => {
  expect(hashApiKey('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
