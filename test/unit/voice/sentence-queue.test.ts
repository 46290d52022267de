import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { SentenceQueue } from '../../../src/voice/sentence-queue.ts';
import { describeOutput } from '../../support/voice/describe-output.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';

const T0 = monotonicMs(0);
const SECOND = { samples: new Int16Array(8_000), sampleRateHz: 8_000 };

function create(): { readonly queue: SentenceQueue; readonly seen: string[] } {
  const seen: string[] = [];
  const emit = (output: Parameters<typeof describeOutput>[0]) => seen.push(describeOutput(output));
  return { queue: new SentenceQueue({ turnId: 1, agent: turnAgent(), emit }), seen };
}

describe('SentenceQueue', () => {
  test('asks for two sentences at most, the next one when one is done', () => {
    const { queue, seen } = create();
    for (const text of ['A.', 'B.', 'C.']) queue.add(text, T0);
    expect(seen).toEqual(['tts-start 1.1 "A."', 'tts-start 1.2 "B."']);

    queue.done(2, T0);
    expect(seen.at(-1)).toBe('tts-start 1.3 "C."');
  });

  test('asks for no more while a minute of audio waits to be heard', () => {
    const { queue, seen } = create();
    for (const text of ['A.', 'B.', 'C.', 'D.']) queue.add(text, T0);
    for (const id of [1, 2]) {
      queue.audio(id, { samples: new Int16Array(8_000 * 30), sampleRateHz: 8_000 }, T0);
    }
    seen.length = 0;
    queue.done(1, T0);
    queue.done(2, T0);
    expect(seen.filter((line) => line.startsWith('tts'))).toEqual([]);

    queue.markReached(1, T0);
    expect(seen.slice(-2)).toEqual(['tts-start 1.3 "C."', 'tts-start 1.4 "D."']);
  });

  test('writes audio in sentence order and marks each end', () => {
    const { queue, seen } = create();
    queue.add('A.', T0);
    queue.add('B.', T0);
    seen.length = 0;
    queue.audio(2, SECOND, T0);
    queue.done(2, T0);
    queue.close();
    expect(seen).toEqual([]);

    queue.audio(1, SECOND, T0);
    queue.done(1, T0);
    expect(seen).toEqual(['write 1 1000ms', 'mark 1.1', 'write 1 1000ms', 'mark 1.2', 'finish 1']);
  });

  test('a sentence without sound has no mark, a playout without sound no end', () => {
    const { queue, seen } = create();
    queue.add('...', T0);
    queue.audio(1, { samples: new Int16Array(0), sampleRateHz: 8_000 }, T0);
    queue.done(1, T0);
    queue.close();

    expect(seen).toEqual(['tts-start 1.1 "..."']);
    expect([queue.isFinished, queue.isBegun]).toEqual([true, false]);
  });

  test('what a synthesiser gives after it was done is not wanted', () => {
    const { queue, seen } = create();
    queue.add('A.', T0);
    queue.audio(1, SECOND, T0);
    queue.done(1, T0);
    queue.audio(1, SECOND, T0);
    queue.done(1, T0);

    expect(seen).toEqual(['tts-start 1.1 "A."', 'write 1 1000ms', 'mark 1.1']);
  });

  test('is given up a little after its time, each answer gives it more time', () => {
    const { queue } = create();
    queue.add('A.', T0);
    expect(queue.deadline).toBe(3_250);

    queue.audio(1, SECOND, monotonicMs(1_000));
    expect(queue.deadline).toBe(4_250);
  });

  test('nothing is written after it was abandoned, and nothing is waited for', () => {
    const { queue, seen } = create();
    queue.add('A.', T0);
    queue.abandon();
    queue.audio(1, SECOND, T0);
    queue.add('B.', T0);

    expect(seen).toEqual(['tts-start 1.1 "A."', 'tts-cancel 1']);
    expect(queue.deadline).toBeUndefined();
  });

  test('a synthesiser that does not stop is cut after two minutes', () => {
    const { queue, seen } = create();
    queue.add('A.', T0);
    for (let second = 0; second < 130; second += 1) queue.audio(1, SECOND, T0);

    expect(seen.filter((line) => line.startsWith('write'))).toHaveLength(120);
  });
});
