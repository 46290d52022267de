import { expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { PlayoutIds } from '../../../src/io/playout-ids.ts';

const AT = monotonicMs(0);
const started = (playoutId: number) => ({ type: 'playout-started', atMs: AT, playoutId }) as const;
const ended = (playoutId: number) =>
  ({ type: 'playout-ended', atMs: AT, playoutId, reason: 'completed', playedMs: 1 }) as const;

test('a turn keeps its own number while nothing comes between', () => {
  const ids = new PlayoutIds();

  expect([ids.of(1), ids.of(1), ids.of(3)]).toEqual([1, 1, 3]);
  expect(ids.toTurn(started(3))).toEqual(started(3));
});

test('numbers of others are above those before, and turns after them above these', () => {
  const ids = new PlayoutIds();
  ids.of(1);
  const foreign = ids.take();
  const next = ids.of(2);

  expect([foreign, next]).toEqual([2, 3]);
  expect(ids.toTurn(started(2))).toBeUndefined();
  expect(ids.toTurn(started(3))).toEqual(started(2));
  expect(ids.of(1)).toBe(1);
});

test('a turn whose playout has ended has no number any more', () => {
  const ids = new PlayoutIds();
  ids.of(1);

  expect(ids.toTurn(ended(1))).toEqual(ended(1));
  expect(ids.of(1)).toBeUndefined();
});
