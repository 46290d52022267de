import { expect, test } from 'vitest';
import type { IdempotentRequest } from '../../../src/store/idempotency-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { systemClock } from '../../../src/store/wall-clock.ts';
import { open, temporaryFile } from './store-fixture.ts';

async function request(store: Store): Promise<IdempotentRequest> {
  const accountId = await store.accounts.ensureDefaultAccount();
  return { accountId, key: 'order-0001', fingerprint: 'a' };
}

test('of many equal requests at once one is let through', async () => {
  const store = await open(temporaryFile());
  const once = await request(store);
  const answers = await Promise.all(
    Array.from({ length: 64 }, () => store.idempotency.reserve(once)),
  );

  expect(answers.filter((answer) => answer.type === 'reserved')).toHaveLength(1);
  expect(answers.filter((answer) => answer.type === 'running')).toHaveLength(63);
});

test('a completed request is replayed, a different one under its key is told apart', async () => {
  const store = await open(temporaryFile());
  const once = await request(store);
  const reply = { status: 201, body: '{"ok":true}' };
  await store.idempotency.reserve(once);
  await store.idempotency.run(store.idempotency.completion(once, reply));

  expect(await store.idempotency.reserve(once)).toEqual({ type: 'replay', reply });
  expect(await store.idempotency.reserve({ ...once, fingerprint: 'b' })).toEqual({
    type: 'different-request',
  });
});

test('a released request may be made again', async () => {
  const store = await open(temporaryFile());
  const once = await request(store);
  await store.idempotency.reserve(once);
  await store.idempotency.run(store.idempotency.release(once));

  expect(await store.idempotency.reserve(once)).toEqual({ type: 'reserved' });
});

test('an answer is kept for 24 hours', async () => {
  let passedMs = 0;
  const clock = { ...systemClock, now: () => new Date(Date.UTC(2030, 0) + passedMs) };
  const store = await open(temporaryFile(), { clock });
  const once = await request(store);
  const reply = { status: 201, body: '{}' };
  await store.idempotency.reserve(once);
  await store.idempotency.run(store.idempotency.completion(once, reply));

  passedMs = 24 * 3_600_000 - 1;
  expect(await store.idempotency.reserve(once)).toEqual({ type: 'replay', reply });
  passedMs += 1;
  expect(await store.idempotency.reserve(once)).toEqual({ type: 'reserved' });
});

test('a request that was running when the process ended may be made again', async () => {
  const file = temporaryFile();
  const first = await open(file);
  const once = await request(first);
  await first.idempotency.reserve(once);
  await first.close();

  expect(await (await open(file)).idempotency.reserve(once)).toEqual({ type: 'reserved' });
});
