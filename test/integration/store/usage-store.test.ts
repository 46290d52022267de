import { expect, test } from 'vitest';
import { open, temporaryFile } from './store-fixture.ts';

test('the last that was saved of a day is there after a restart', async () => {
  const file = temporaryFile();
  const store = await open(file);
  const accountId = await store.accounts.ensureDefaultAccount();
  const row = { accountId, day: '2026-01-31', calls: 1, minutes: 1, microUsd: 5e12 };
  const saves = [1, 2, 3].map((calls) => store.usage.save({ ...row, calls }));
  await Promise.all([...saves, store.usage.save({ ...row, day: '2026-02-01' })]);
  await store.close();

  expect(await (await open(file)).usage.ofDay('2026-01-31')).toEqual([{ ...row, calls: 3 }]);
});
