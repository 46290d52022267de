import { describe, expect, test } from 'vitest';
import { OVERLOAD_LIMITS, Overload } from '../../../../src/sip/admission/overload.ts';

const { enterLagMs, leaveLagMs, enterSamples, leaveSamples, enterWaiting, leaveWaiting } =
  OVERLOAD_LIMITS;
const CALM = { lagMs: 0, waiting: 0 };
const LATE = { lagMs: enterLagMs + 1, waiting: 0 };

function after(...samples: readonly { lagMs: number; waiting: number }[]): boolean {
  const overload = new Overload();
  for (const sample of samples) overload.note(sample);
  return overload.isOverloaded;
}

function times<T>(count: number, sample: T): readonly T[] {
  return Array.from({ length: count }, () => sample);
}

describe('overload begins', () => {
  test('when the thread is late several times in a row, not once', () => {
    expect(after(...times(enterSamples - 1, LATE))).toBe(false);
    expect(after(...times(enterSamples, LATE))).toBe(true);
    expect(after({ lagMs: 60_000, waiting: 0 })).toBe(false);
    expect(after(...times(enterSamples - 1, LATE), CALM, LATE)).toBe(false);
  });

  test('at once when the application is far behind', () => {
    expect(after({ lagMs: 0, waiting: enterWaiting })).toBe(false);
    expect(after({ lagMs: 0, waiting: enterWaiting + 1 })).toBe(true);
  });
});

describe('overload ends', () => {
  const begun = times(enterSamples, LATE);

  test('only after a calm while (hysteresis)', () => {
    expect(after(...begun, ...times(leaveSamples - 1, CALM))).toBe(true);
    expect(after(...begun, ...times(leaveSamples, CALM))).toBe(false);
  });

  test.each([
    { lagMs: leaveLagMs, waiting: 0 },
    { lagMs: 0, waiting: leaveWaiting },
  ])('not at %j', (sample) => {
    expect(after(...begun, ...times(100, sample))).toBe(true);
  });
});
