import { expect, test } from 'vitest';
import { Memo } from '../../../src/core/memo.ts';

test('a question is answered once, also with false', () => {
  const asked: string[] = [];
  const memo = new Memo(10, (key: string) => {
    asked.push(key);
    return key === 'yes';
  });

  expect(['yes', 'no', 'yes', 'no'].map((key) => memo.of(key))).toEqual([true, false, true, false]);
  expect(asked).toEqual(['yes', 'no']);
});

test('with more questions than there is room for, it begins anew and still answers right', () => {
  let answers = 0;
  const memo = new Memo(2, (key: number) => {
    answers++;
    return 2 * key;
  });

  expect([1, 2, 3, 1].map((key) => memo.of(key))).toEqual([2, 4, 6, 2]);
  expect(answers).toBe(4);
});
