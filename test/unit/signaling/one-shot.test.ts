import { expect, test } from 'vitest';
import { OneShot } from '../../../src/signaling/one-shot.ts';

test('is told to the listener once', () => {
  const shot = new OneShot<[number]>();
  const heard: number[] = [];
  shot.listener = (value) => heard.push(value);
  shot.happen(1);
  shot.happen(2);

  expect(heard).toEqual([1]);
});

test('waits for a listener, and is told to the first only', () => {
  const shot = new OneShot<[number]>();
  const heard: string[] = [];
  shot.happen(1);
  shot.listener = undefined;
  shot.listener = (value) => heard.push(`first ${value}`);
  shot.listener = (value) => heard.push(`second ${value}`);

  expect(heard).toEqual(['first 1']);
});

test('cancelled, it is told to nobody', () => {
  const shot = new OneShot<[number]>();
  const heard: number[] = [];
  shot.happen(1);
  shot.cancel();
  shot.listener = (value) => heard.push(value);
  shot.happen(2);

  expect(heard).toEqual([]);
});
