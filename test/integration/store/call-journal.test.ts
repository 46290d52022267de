import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { CallJournal } from '../../../src/store/call-journal.ts';
import { newCall, open, temporaryFile, wholeCall } from './store-fixture.ts';

test('a call is kept from its beginning to its end without anybody waiting', async () => {
  const store = await open(temporaryFile());
  const accountId = await store.accounts.ensureDefaultAccount();
  const callId = randomUUID();
  const lost: unknown[] = [];
  const journal = new CallJournal(store.calls, (id, error) => lost.push([id, error]));
  journal.begin(newCall(accountId, callId));
  for (const event of wholeCall()) journal.append(callId, event);
  expect(journal.pendingWrites).toBe(1 + wholeCall().length);
  await journal.settled();

  expect(journal.pendingWrites).toBe(0);
  expect(lost).toEqual([]);
  expect(await store.calls.find(accountId, callId)).toMatchObject({
    status: 'completed',
    completed: true,
    transcript: [{ text: 'Hello.' }, { text: 'Goodbye.' }],
  });
});

test('an event that cannot be kept is reported with its call', async () => {
  const store = await open(temporaryFile());
  const lost: string[] = [];
  const journal = new CallJournal(store.calls, (id) => lost.push(id));
  for (const event of wholeCall().slice(0, 2)) journal.append('nobody', event);
  await journal.settled();

  expect(lost).toEqual(['nobody', 'nobody']);
});
