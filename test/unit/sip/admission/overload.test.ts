import { describe, expect, test } from 'vitest';
import {
  DEFAULT_OVERLOAD_LIMITS,
  type LoadSample,
  OVERLOAD_HYSTERESIS,
  Overload,
} from '../../../../src/sip/admission/overload.ts';

const { lagMs, waiting, callsInSetUp } = DEFAULT_OVERLOAD_LIMITS;
const { enterSamples, leaveSamples, leaveLag, leaveCount } = OVERLOAD_HYSTERESIS;
const CALM = { lagMs: 0, waiting: 0, callsInSetUp: 0 };
const LATE = { ...CALM, lagMs: lagMs + 1 };

function after(...samples: readonly LoadSample[]): boolean {
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
    expect(after({ ...CALM, lagMs: 60_000 })).toBe(false);
    expect(after(...times(enterSamples - 1, LATE), CALM, LATE)).toBe(false);
  });

  test.each([{ waiting }, { callsInSetUp }])('at once above %j', (limit) => {
    const [[name, most] = ['', 0]] = Object.entries(limit);

    expect(after({ ...CALM, ...limit })).toBe(false);
    expect(after({ ...CALM, [name]: most + 1 })).toBe(true);
  });

  test('at the limits that are given', () => {
    const overload = new Overload({ lagMs: 50, waiting: 10, callsInSetUp: 20 });
    overload.note({ ...CALM, callsInSetUp: 21 });

    expect(overload.isOverloaded).toBe(true);
  });
});

describe('overload ends', () => {
  const begun = times(enterSamples, LATE);

  test('only after a calm while (hysteresis)', () => {
    expect(after(...begun, ...times(leaveSamples - 1, CALM))).toBe(true);
    expect(after(...begun, ...times(leaveSamples, CALM))).toBe(false);
  });

  test.each([
    { ...CALM, lagMs: leaveLag * lagMs },
    { ...CALM, waiting: leaveCount * waiting },
    { ...CALM, callsInSetUp: leaveCount * callsInSetUp },
  ])('not at %j', (sample) => {
    expect(after(...begun, ...times(100, sample))).toBe(true);
  });
});
