import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { earliest, TimerTable } from '../../../src/core/timer-table.ts';

const at = monotonicMs;

describe('TimerTable', () => {
  test('gives due timers in the order of their deadlines, each once', () => {
    const timers = new TimerTable<'a' | 'b' | 'c'>();
    timers.set('a', at(30));
    timers.set('b', at(10));
    timers.set('c', at(50));

    expect(timers.nextDeadline()).toBe(10);
    expect([timers.takeDue(at(40)), timers.takeDue(at(40)), timers.takeDue(at(40))]).toEqual([
      'b',
      'a',
      undefined,
    ]);
  });

  test('setting a timer again moves it, stopping removes it', () => {
    const timers = new TimerTable<'a' | 'b'>();
    timers.set('a', at(10));
    timers.set('a', at(20));
    timers.set('b', at(30));
    timers.stop('a');

    expect(timers.nextDeadline()).toBe(30);
    timers.stopAll();
    expect(timers.nextDeadline()).toBeUndefined();
  });
});

describe('earliest', () => {
  test('is the first deadline of machines that may have none', () => {
    expect(earliest([undefined, at(20), at(10), undefined])).toBe(10);
    expect(earliest([undefined])).toBeUndefined();
  });
});
