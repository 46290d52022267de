import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SpeechGate } from '../../../src/providers/speech-gate.ts';

const OPTIONS = { sampleRateHz: 1_000, preRollMs: 50, batchMs: 40 };

function gate(options = OPTIONS): { gate: SpeechGate; batches: number[][] } {
  const batches: number[][] = [];
  return { gate: new SpeechGate(options, (samples) => batches.push([...samples])), batches };
}

function ramp(from: number, to: number): Int16Array {
  return Int16Array.from({ length: to - from }, (_, index) => from + index);
}

describe('a speech gate', () => {
  test('lets nothing through outside of speech', () => {
    const { gate: closed, batches } = gate();
    closed.write(ramp(0, 500));
    closed.end();
    expect(batches).toEqual([]);
  });

  test('begins with what was heard shortly before, at once', () => {
    const { gate: opened, batches } = gate();
    for (let at = 0; at < 200; at += 20) opened.write(ramp(at, at + 20));
    opened.start();
    expect(batches).toEqual([[...ramp(150, 200)]]);
  });

  test('hands over whole batches, and the unfinished one when speech ends', () => {
    const { gate: opened, batches } = gate();
    opened.start();
    for (let at = 0; at < 100; at += 20) opened.write(ramp(at, at + 20));
    expect(batches).toEqual([[...ramp(0, 40)], [...ramp(40, 80)]]);
    opened.end();
    expect(batches.at(-1)).toEqual([...ramp(80, 100)]);
    expect(opened.isOpen).toBe(false);
  });

  test('a second start changes nothing', () => {
    const { gate: opened, batches } = gate();
    opened.write(ramp(0, 20));
    opened.start();
    opened.start();
    expect(batches).toEqual([[...ramp(0, 20)]]);
  });

  test('what was let through is no run-up to the next speech', () => {
    const { gate: opened, batches } = gate();
    opened.start();
    opened.write(ramp(0, 100));
    opened.end();
    opened.write(ramp(100, 110));
    batches.length = 0;
    opened.start();
    expect(batches).toEqual([[...ramp(100, 110)]]);
  });

  test('keeps every sample of the speech, in order, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 20 }),
        (before, during) => {
          const { gate: opened, batches } = gate();
          let at = 0;
          const feed = (length: number) => {
            opened.write(ramp(at, at + length));
            at += length;
          };
          for (const length of before) feed(length);
          const speechAt = at;
          opened.start();
          for (const length of during) feed(length);
          opened.end();
          expect(batches.flat()).toEqual([...ramp(Math.max(0, speechAt - 50), at)]);
        },
      ),
    );
  });
});
