import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CallRecord } from '../../../src/store/call-record.ts';
import type { Store } from '../../../src/store/store.ts';
import { newCall, now, open, temporaryFile, wholeCall } from './store-fixture.ts';

async function openWithAccount(file = temporaryFile()): Promise<[Store, string]> {
  const store = await open(file);
  return [store, await store.accounts.ensureDefaultAccount()];
}

describe('call store', () => {
  test('a stored call is found with what was asked for, queued', async () => {
    const [store, accountId] = await openWithAccount();
    const call = newCall(accountId, randomUUID());
    await store.calls.create(call);

    const found = await store.calls.find(accountId, call.spec.callId);

    expect(found).toMatchObject({ ...call, status: 'queued', completed: false, durationMs: 0 });
    expect(found).not.toHaveProperty('callStatus');
    expect(found).not.toHaveProperty('termination');
  });

  test('the events of a whole call give its status, times, transcript, turns and ending', async () => {
    const [store, accountId] = await openWithAccount();
    const callId = randomUUID();
    await store.calls.create(newCall(accountId, callId));
    await store.calls.append(callId, wholeCall());

    const found = await store.calls.find(accountId, callId);

    expect(found).toMatchObject({
      status: 'completed',
      callStatus: 'completed',
      completed: true,
      durationMs: 2_500,
      termination: { reason: 'hangup', by: 'caller' },
      recordingPath: 'recordings/a.wav',
      sipCallId: 'abc@example',
      carrier: 'local',
    });
    expect(found?.transcript.map((turn) => [turn.speaker, turn.text])).toEqual([
      ['agent', 'Hello.'],
      ['caller', 'Goodbye.'],
    ]);
    expect(found?.turns.map((turn) => turn.turnId)).toEqual([1, 2]);
    expect(Date.parse(found?.startedAt ?? '')).toBeGreaterThan(0);
  });

  test('appends that are not awaited take effect in their order', async () => {
    const [store, accountId] = await openWithAccount();
    const callId = randomUUID();
    await store.calls.create(newCall(accountId, callId));
    const texts = Array.from({ length: 300 }, (_, index) => `sentence ${index}`);
    await Promise.all(
      texts.map((text) =>
        store.calls.append(callId, [
          { type: 'transcript', atMs: now(), speaker: 'agent', text, interrupted: false },
        ]),
      ),
    );

    const found = await store.calls.find(accountId, callId);

    expect(found?.transcript.map((turn) => turn.text)).toEqual(texts);
  });

  test('events of a call that is not stored are refused as a whole', async () => {
    const [store, accountId] = await openWithAccount();
    const callId = randomUUID();

    await expect(store.calls.append(callId, wholeCall())).rejects.toMatchObject({
      code: 'store-unavailable',
    });

    await store.calls.create(newCall(accountId, callId));
    expect((await store.calls.find(accountId, callId))?.transcript).toEqual([]);
  });

  test('a failing write does not take another one of the same batch with it', async () => {
    const [store, accountId] = await openWithAccount();
    const [good, bad] = [randomUUID(), randomUUID()];
    const results = await Promise.allSettled([
      store.calls.append(bad, wholeCall()),
      store.calls.create(newCall(accountId, good)),
    ]);

    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled']);
    expect(await store.calls.find(accountId, good)).toBeDefined();
  });

  test('a discarded call leaves nothing behind', async () => {
    const [store, accountId] = await openWithAccount();
    const callId = randomUUID();
    await store.calls.create(newCall(accountId, callId));
    await store.calls.append(callId, [{ type: 'created', atMs: now() }]);
    await store.calls.discard(callId);

    expect(await store.calls.find(accountId, callId)).toBeUndefined();
    expect(await store.calls.closeOrphans()).toEqual([]);
  });

  test('a call of another account is not found', async () => {
    const [store, accountId] = await openWithAccount();
    const callId = randomUUID();
    await store.calls.create(newCall(accountId, callId));

    expect(await store.calls.find(randomUUID(), callId)).toBeUndefined();
  });
});

describe('list of calls', () => {
  test('pages give every call once, newest first, although several share a millisecond', async () => {
    const [store, accountId] = await openWithAccount();
    const ids = Array.from({ length: 25 }, () => randomUUID());
    await Promise.all(ids.map((id) => store.calls.create(newCall(accountId, id))));

    const seen: CallRecord[] = [];
    let hasMore = true;
    while (hasMore) {
      const last = seen.at(-1);
      const cursor =
        last === undefined ? {} : { cursor: { createdAt: last.createdAt, id: last.id } };
      const page = await store.calls.list({ accountId, limit: 7, ...cursor });
      seen.push(...page.calls);
      ({ hasMore } = page);
    }

    expect(seen.map((call) => call.id).sort()).toEqual(ids.sort());
    const times = seen.map((call) => call.createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('filters are combined', async () => {
    const [store, accountId] = await openWithAccount();
    const [done, queued] = [randomUUID(), randomUUID()];
    await store.calls.create(newCall(accountId, done));
    await store.calls.create(newCall(accountId, queued));
    await store.calls.append(done, wholeCall());
    const ids = async (filters: object) =>
      (await store.calls.list({ accountId, limit: 10, filters })).calls.map((call) => call.id);

    expect(await ids({ status: 'completed' })).toEqual([done]);
    expect(await ids({ status: 'queued', phoneNumber: '+15550002222' })).toEqual([queued]);
    expect(await ids({ phoneNumber: '+15550009999' })).toEqual([]);
    expect(await ids({ direction: 'inbound' })).toEqual([]);
    expect(await ids({ createdBefore: '2001-01-01T00:00:00.000Z' })).toEqual([]);
    expect((await ids({ createdAfter: '2001-01-01T00:00:00.000Z' })).length).toBe(2);
  });
});

describe('restart', () => {
  test('what was stored is there again', async () => {
    const file = temporaryFile();
    const [first, accountId] = await openWithAccount(file);
    const callId = randomUUID();
    await first.calls.create(newCall(accountId, callId));
    await first.calls.append(callId, wholeCall());
    const before = await first.calls.find(accountId, callId);
    await first.close();
    const [second, sameAccount] = await openWithAccount(file);

    expect(sameAccount).toBe(accountId);
    expect(await second.calls.find(accountId, callId)).toEqual(before);
  });

  test('unfinished calls of an earlier run are closed once, up to what is known of them', async () => {
    const file = temporaryFile();
    const [first, accountId] = await openWithAccount(file);
    const [queued, talking, ended, finished] = Array.from({ length: 4 }, () => randomUUID());
    for (const id of [queued, talking, ended, finished]) {
      await first.calls.create(newCall(accountId, id ?? ''));
    }
    const whole = wholeCall();
    await first.calls.append(talking ?? '', whole.slice(0, 6));
    await first.calls.append(ended ?? '', whole.slice(0, 9));
    await first.calls.append(finished ?? '', whole);
    await first.close();

    const [second] = await openWithAccount(file);
    const running = randomUUID();
    await second.calls.create(newCall(accountId, running));
    const closed = await second.calls.closeOrphans();

    expect([...closed].sort()).toEqual([queued, talking, ended].sort());
    expect(await second.calls.closeOrphans()).toEqual([]);
    const orphan = await second.calls.find(accountId, talking ?? '');
    expect(orphan).toMatchObject({
      status: 'failed',
      completed: true,
      termination: { reason: 'internal-error', by: 'system', detail: 'process ended' },
      durationMs: 0,
    });
    expect(orphan?.endedAt).toBe(orphan?.transcript.at(-1)?.at);
    expect(await second.calls.find(accountId, ended ?? '')).toMatchObject({
      status: 'completed',
      completed: true,
      termination: { reason: 'hangup', by: 'caller' },
    });
  });
});
