import { describe, expect, it } from 'vitest';

import { loadNativeAddon } from '../../../src/io/native-addon.ts';

type G711 = 'PCMU' | 'PCMA';

/**
 * A law as ITU-T G.711 defines it: decision values of the positive half, in the law's own units, and the value that stands
 * for each interval between them.
 */
interface Law {
  readonly codec: G711;
  /** x(1) to x(128); the 128th interval is open. */
  readonly decisions: readonly number[];
  /** y(1) to y(128). */
  readonly values: readonly number[];
  /** 16-bit samples per unit: 14 bits are coded by the mu-law, 13 by the A-law. */
  readonly scale: number;
  /** Character signal of the nth interval, as it goes over the line. */
  readonly code: (interval: number, negative: boolean) => number;
}

/** Segments of equal steps: [number of intervals, step]. */
function decisionsOf(segments: readonly (readonly [number, number])[]): number[] {
  const decisions = [0];
  for (const [intervals, step] of segments) {
    for (let count = 0; count < intervals; count++) decisions.push((decisions.at(-1) ?? 0) + step);
  }
  return decisions;
}

/** Table 2a: the first interval is half of one, then 15 and seven times 16 with steps that double. */
const MU_DECISIONS = decisionsOf([
  [1, 1],
  [15, 2],
  ...[4, 8, 16, 32, 64, 128, 256].map((step) => [16, step] as const),
]);

/** Table 1a: 32 intervals of the smallest step, then six times 16 with steps that double. */
const A_DECISIONS = decisionsOf([
  [32, 2],
  ...[4, 8, 16, 32, 64, 128].map((step) => [16, step] as const),
]);

function middles(decisions: readonly number[]): number[] {
  return decisions.slice(0, 128).map((low, index) => (low + (decisions[index + 1] ?? 0)) / 2);
}

const LAWS: readonly Law[] = [
  {
    codec: 'PCMU',
    decisions: MU_DECISIONS,
    // The interval around zero stands for zero.
    values: middles(MU_DECISIONS).map((middle, index) => (index === 0 ? 0 : middle)),
    scale: 4,
    code: (interval, negative) => (negative ? 0x7f : 0xff) - (interval - 1),
  },
  {
    codec: 'PCMA',
    decisions: A_DECISIONS,
    values: middles(A_DECISIONS),
    scale: 8,
    // Even bits are inverted.
    code: (interval, negative) => ((negative ? 0 : 0x80) + (interval - 1)) ^ 0x55,
  },
];

/** The interval of a magnitude. On a decision value a negative sample falls into the lower one, as in ITU-T G.191. */
function intervalOf(law: Law, sample: number): number {
  let interval = 1;
  for (let n = 1; n < 128; n++) {
    const decision = (law.decisions[n] ?? 0) * law.scale;
    if (sample < 0 ? -sample > decision : sample >= decision) interval = n + 1;
  }
  return interval;
}

const addon = loadNativeAddon();

describe.each(LAWS)('G.711 $codec', (law) => {
  it('has the virtual decision value and the largest output of the tables', () => {
    expect(law.decisions).toHaveLength(129);
    expect(law.decisions.at(-1)).toBe(law.codec === 'PCMU' ? 8_159 : 4_096);
    expect(law.values.at(-1)).toBe(law.codec === 'PCMU' ? 8_031 : 4_032);
  });

  it('decodes all 256 character signals to the values of the tables', () => {
    const expected = new Int16Array(256);
    for (let interval = 1; interval <= 128; interval++) {
      const value = (law.values[interval - 1] ?? 0) * law.scale;
      expected[law.code(interval, false)] = value;
      expected[law.code(interval, true)] = -value;
    }
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    expect(addon.decodeG711(law.codec, codes)).toEqual(expected);
  });

  it('encodes all 65,536 samples into the interval they lie in', () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const expected = Uint8Array.from(samples, (sample) =>
      law.code(intervalOf(law, sample), sample < 0),
    );
    expect(addon.encodeG711(law.codec, samples)).toEqual(expected);
  });
});
