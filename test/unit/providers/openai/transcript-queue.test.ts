import { describe, expect, test } from 'vitest';
import { TranscriptQueue } from '../../../../src/providers/openai/transcript-queue.ts';

function texts(queue: TranscriptQueue): string[] {
  return queue.takeReady().map((ready) => ready.text);
}

function committed(...eventIds: readonly string[]): TranscriptQueue {
  const queue = new TranscriptQueue();
  for (const [index, eventId] of eventIds.entries()) {
    queue.commit(eventId, index + 1);
    queue.assign(`item-${eventId}`);
  }
  return queue;
}

describe('the transcript queue', () => {
  test('gives transcripts out in the order of the commits', () => {
    const queue = committed('a', 'b');
    queue.finish('item-b', 'second');
    expect(texts(queue)).toEqual([]);
    expect(queue.isHeldUp).toBe(true);
    queue.finish('item-a', 'first');
    expect(texts(queue)).toEqual(['first', 'second']);
    expect(queue.isHeldUp).toBe(false);
  });

  test('an earlier one that does not come can be given up', () => {
    const queue = committed('a', 'b', 'c');
    queue.finish('item-b', 'second');
    queue.giveUpEarlier();
    expect(texts(queue)).toEqual(['', 'second']);
    queue.finish('item-a', 'too late');
    queue.finish('item-c', 'third');
    expect(texts(queue)).toEqual(['third']);
  });

  test('a refused commit is an empty transcript and gets no item', () => {
    const queue = new TranscriptQueue();
    queue.commit('a', 1);
    queue.commit('b', 2);
    queue.refuse('a');
    queue.assign('item-b');
    queue.finish('item-b', 'second');
    expect(queue.takeReady()).toEqual([
      { text: '', serial: 1 },
      { text: 'second', serial: 2 },
    ]);
  });

  test('words may come before the commit', () => {
    const queue = new TranscriptQueue();
    expect(queue.extend('item', 'hello')).toBe('hello');
    expect(queue.extend('item', ' there')).toBe('hello there');
    queue.commit('a', 1);
    queue.assign('item');
    queue.finish('item', 'Hello there.');
    expect(texts(queue)).toEqual(['Hello there.']);
  });

  test('words after the final are nothing new', () => {
    const queue = committed('a', 'b');
    queue.finish('item-b', 'done');
    expect(queue.extend('item-b', ' more')).toBeUndefined();
  });

  test('on a new connection everything waits for new items', () => {
    const queue = committed('a', 'b');
    queue.finish('item-b', 'second');
    queue.restart(1);
    expect(queue.isHeldUp).toBe(false);
    queue.assign('new-a');
    queue.assign('new-b');
    queue.finish('new-a', 'first');
    queue.finish('new-b', 'second again');
    expect(texts(queue)).toEqual(['first', 'second again']);
  });

  test('a commit that could not be sent again is empty', () => {
    const queue = committed('a', 'b');
    queue.restart(2);
    queue.assign('new-b');
    queue.finish('new-b', 'second');
    expect(texts(queue)).toEqual(['', 'second']);
  });

  test('a server that never answers does not make it grow', () => {
    const queue = new TranscriptQueue();
    for (let serial = 1; serial <= 100; serial++) {
      queue.commit(`c${serial}`, serial);
      queue.assign(`item${serial}`);
    }
    queue.finish('item100', 'last');
    queue.giveUpEarlier();
    expect(texts(queue)).toHaveLength(32);
  });

  test('an event without an item id is ignored', () => {
    const queue = committed('a');
    queue.finish('', 'nobody');
    expect(queue.extend('', 'nobody')).toBeUndefined();
    expect(texts(queue)).toEqual([]);
  });
});
