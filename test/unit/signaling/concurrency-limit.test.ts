import { expect, test } from 'vitest';
import { ConcurrencyLimit } from '../../../src/signaling/concurrency-limit.ts';
import { Deferred } from '../../../src/signaling/deferred.ts';

test('runs so many at once, then the waiting in order, and refuses more', async () => {
  const limit = new ConcurrencyLimit(2, 1);
  const started: number[] = [];
  const ends = [new Deferred<void>(), new Deferred<void>(), new Deferred<void>()];
  const results = [0, 1, 2, 3].map((n) =>
    limit.run(async () => {
      started.push(n);
      await ends[n]?.promise;
      return n;
    }),
  );

  expect(started).toEqual([0, 1]);
  expect(await results[3]).toBeUndefined();
  ends[1]?.resolve();
  expect(await results[1]).toBe(1);
  expect(started).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  expect(await Promise.all(results)).toEqual([0, 1, 2, undefined]);
});

test('a failure frees its place', async () => {
  const limit = new ConcurrencyLimit(1, 1);
  await expect(limit.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');

  expect(await limit.run(() => Promise.resolve(1))).toBe(1);
});
