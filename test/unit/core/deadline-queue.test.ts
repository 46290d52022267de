import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineQueue } from '../../../src/core/deadline-queue.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';

test('gives the keys in the order of their latest deadlines, whatever was set and removed before', () => {
  const change = fc.record({
    key: fc.integer({ min: 0, max: 20 }),
    at: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
      const queue = new DeadlineQueue<number>();
      const model = new Map<number, MonotonicMs>();
      for (const { key, at } of changes) {
        queue.set(key, at === undefined ? undefined : monotonicMs(at));
        if (at === undefined) model.delete(key);
        else model.set(key, monotonicMs(at));
      }
      expect(queue.size).toBe(model.size);
      const taken: number[] = [];
      for (let at = queue.nextDeadline(); at !== undefined; at = queue.nextDeadline()) {
        const key = queue.takeDue(at);
        expect(model.get(key ?? -1)).toBe(at);
        taken.push(at);
      }
      expect(taken).toEqual([...model.values()].sort((a, b) => a - b));
    }),
  );
});

test('gives nothing before its time', () => {
  const queue = new DeadlineQueue<string>();
  queue.set('a', monotonicMs(10));

  expect(queue.takeDue(monotonicMs(9))).toBeUndefined();
  expect(queue.takeDue(monotonicMs(10))).toBe('a');
  expect(queue.takeDue(monotonicMs(99))).toBeUndefined();
});
