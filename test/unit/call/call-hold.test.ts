import { expect, test } from 'vitest';
import { CallHold } from '../../../src/call/call-hold.ts';
import { monotonicMs } from '../../../src/core/time.ts';

const AT = monotonicMs(1_000);

test('each side resumes what it held', () => {
  const hold = new CallHold();
  expect(hold.set('peer', true)).toBe(true);
  expect(hold.set('peer', true)).toBe(false);
  hold.set('api', true);
  hold.set('peer', false);

  expect(hold.isHeld).toBe(true);
  expect(hold.isHeldBy('peer')).toBe(false);
  hold.set('api', false);
  expect(hold.isHeld).toBe(false);
});

test('while held nothing resumes the playout, and a flush leaves it paused', () => {
  const hold = new CallHold();
  hold.set('peer', true);

  expect(hold.admit({ type: 'playout-resume' })).toEqual([]);
  expect(hold.admit({ type: 'playout-flush' })).toEqual([
    { type: 'playout-flush' },
    { type: 'playout-pause' },
  ]);
});

test('after it the playout is as the turn engine last wanted it', () => {
  const hold = new CallHold();
  hold.admit({ type: 'playout-pause' });
  hold.set('peer', true);
  hold.set('peer', false);
  expect(hold.playout()).toEqual({ type: 'playout-pause' });

  hold.admit({ type: 'playout-resume' });
  expect(hold.playout()).toEqual({ type: 'playout-resume' });
});

test('speech that begins while held is not heard, and what was heard begin ends', () => {
  const hold = new CallHold();
  const started = { type: 'speech-started', atMs: AT, onsetMs: AT } as const;
  const ended = { type: 'speech-ended', atMs: AT, onsetMs: AT, endMs: AT } as const;
  expect(hold.hears(started)).toBe(true);
  hold.set('peer', true);
  expect(hold.hears(ended)).toBe(true);
  expect(hold.hears(started)).toBe(false);
  hold.set('peer', false);

  expect(hold.hears(ended)).toBe(false);
});
