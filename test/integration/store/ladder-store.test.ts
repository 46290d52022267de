import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { systemClock } from '../../../src/store/wall-clock.ts';
import { newCall, open, temporaryFile } from './store-fixture.ts';

const DAY_MS = 86_400_000;

async function openWithCall(nowMs = () => Date.now()): Promise<[Store, string]> {
  const clock = { ...systemClock, now: () => new Date(nowMs()) };
  const store = await open(temporaryFile(), { clock });
  const callId = randomUUID();
  await store.calls.create(newCall(await store.accounts.ensureDefaultAccount(), callId));
  return [store, callId];
}

test('a ladder comes back as it was saved, and the later one stands', async () => {
  const [store, callId] = await openWithCall();
  await store.ladders.save(callId, 'first');
  await store.ladders.save(callId, `{"text":"${'é\\u0000 INVITE '.repeat(10_000)}"}`);

  expect(await store.ladders.find(callId)).toBe(`{"text":"${'é\\u0000 INVITE '.repeat(10_000)}"}`);
  expect(await store.ladders.find(randomUUID())).toBeUndefined();
});

test('a ladder needs its call', async () => {
  const [store] = await openWithCall();

  await expect(store.ladders.save(randomUUID(), 'text')).rejects.toThrow();
});

test('ladders are deleted after as many days as they are to be kept', async () => {
  const savedMs = Date.parse('2026-01-01T00:00:00Z');
  const clock = { nowMs: savedMs };
  const [store, callId] = await openWithCall(() => clock.nowMs);
  await store.ladders.save(callId, 'text');
  clock.nowMs = savedMs + 30 * DAY_MS;
  await store.ladders.deleteOlderThan(30);
  expect(await store.ladders.find(callId)).toBe('text');
  clock.nowMs += 1;
  await store.ladders.deleteOlderThan(30);

  expect(await store.ladders.find(callId)).toBeUndefined();
});
