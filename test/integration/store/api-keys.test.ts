import { expect, test } from 'vitest';
import { ApiKeys, ensureApiKey } from '../../../src/accounts/api-keys.ts';
import { open, temporaryFile } from './store-fixture.ts';

const CONFIGURED = 'tc_live_0123456789abcdef';

test('the first start generates a key, later ones keep it and do not show it', async () => {
  const { accounts } = await open(temporaryFile());
  const { generatedKey = '', accountId } = await ensureApiKey(accounts, undefined);

  expect(await ensureApiKey(accounts, undefined)).toEqual({ accountId });
  const keys = await ApiKeys.load(accounts);
  expect(keys.authenticate(generatedKey)).toMatchObject({ accountId });
});

test('a configured key is the only one', async () => {
  const { accounts } = await open(temporaryFile());
  const { generatedKey = '', accountId } = await ensureApiKey(accounts, undefined);

  expect(await ensureApiKey(accounts, CONFIGURED)).toEqual({ accountId });
  const keys = await ApiKeys.load(accounts);
  expect(keys.authenticate(CONFIGURED)).toMatchObject({ accountId });
  expect(keys.authenticate(generatedKey)).toBeUndefined();
  expect(keys.authenticate('')).toBeUndefined();
});

test('the key itself is not in the database', async () => {
  const { accounts } = await open(temporaryFile());
  await ensureApiKey(accounts, CONFIGURED);

  expect(JSON.stringify(await accounts.apiKeys())).not.toContain(CONFIGURED);
});
