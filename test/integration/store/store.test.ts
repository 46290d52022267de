import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { newCall, open, temporaryFile } from './store-fixture.ts';

test('a second process is told that the database is in use', async () => {
  const file = temporaryFile();
  await open(file);

  await expect(open(file)).rejects.toMatchObject({
    code: 'store-unavailable',
    message: `${file}: another process is using it`,
  });
});

test('a file that is no database is named', async () => {
  const file = temporaryFile();
  writeFileSync(
    file,
    'this is certainly not an SQLite database, whatever its name says'.repeat(20),
  );

  await expect(open(file)).rejects.toThrow(`${file}: file is not a database`);
});

test('a database of a newer version is refused and left alone', async () => {
  const file = temporaryFile();
  const store = await open(file);
  await store.close();
  const database = new DatabaseSync(file);
  database.exec("INSERT INTO migrations VALUES (999, 'from-the-future', '2100-01-01')");
  database.close();

  await expect(open(file)).rejects.toThrow('newer version');
  await expect(open(file)).rejects.toThrow('newer version');
});

test('every migration is applied once', async () => {
  const file = temporaryFile();
  await (await open(file)).close();
  await (await open(file)).close();
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare('SELECT number FROM migrations ORDER BY number').all();
  database.close();

  expect(rows.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('waiting writes are bounded; the rest is refused at once', async () => {
  const store = await open(temporaryFile(), { maxQueued: 5 });
  const accountId = await store.accounts.ensureDefaultAccount();
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => store.calls.create(newCall(accountId, randomUUID()))),
  );

  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(5);
  const { calls } = await store.calls.list({ accountId, limit: 10 });
  expect(calls).toHaveLength(5);
});

test('a lost database thread is reported once, and what waits is refused', async () => {
  let thread: Worker | undefined;
  const watch = (message: unknown) => {
    thread = (message as { readonly worker: Worker }).worker;
  };
  subscribe('worker_threads', watch);
  const failures: string[] = [];
  const onFailure = (error: Error) => failures.push(error.message);
  const store = await open(temporaryFile(), { onFailure });
  unsubscribe('worker_threads', watch);
  const accountId = await store.accounts.ensureDefaultAccount();
  const pending = store.calls.create(newCall(accountId, randomUUID()));
  const refused = expect(pending).rejects.toMatchObject({ code: 'store-unavailable' });
  await thread?.terminate();

  await refused;
  expect(failures).toEqual(['the database thread ended']);
  expect(store.isWorking).toBe(false);
  await expect(store.accounts.apiKeys()).rejects.toMatchObject({ code: 'store-unavailable' });
});

test('closing waits for what was begun, and refuses what comes later', async () => {
  const file = temporaryFile();
  const store = await open(file);
  const accountId = await store.accounts.ensureDefaultAccount();
  const callId = randomUUID();
  const created = store.calls.create(newCall(accountId, callId));
  await store.close();
  await created;

  await expect(store.accounts.ensureDefaultAccount()).rejects.toMatchObject({
    code: 'store-unavailable',
  });
  expect(await (await open(file)).calls.find(accountId, callId)).toBeDefined();
});
