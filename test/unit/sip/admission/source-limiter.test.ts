import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { after, monotonicMs } from '../../../../src/core/time.ts';
import { SourceLimiter } from '../../../../src/sip/admission/source-limiter.ts';

const T0 = monotonicMs(0);
const LIMITS = { burst: 5, perSecond: 10, firstBanMs: 0, longestBanMs: 0, maxSources: 8 };

function admitted(limiter: SourceLimiter, count: number, now = T0): number {
  return Array.from({ length: count }, () => limiter.admits('a', now)).filter(Boolean).length;
}

describe('a bucket', () => {
  test('gives the burst at once, then the rate', () => {
    const limiter = new SourceLimiter(LIMITS);
    expect(admitted(limiter, 100)).toBe(5);
    expect(admitted(limiter, 100, after(T0, 200))).toBe(2);
    expect(admitted(limiter, 100, after(T0, 60_000))).toBe(5);
  });

  test('never gives more than burst + rate x time, whatever comes when', () => {
    const gaps = fc.array(fc.nat(500), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, (all) => {
        const limiter = new SourceLimiter(LIMITS);
        let now = T0;
        let count = 0;
        for (const gap of all) {
          now = after(now, gap);
          if (limiter.admits('a', now)) count++;
        }
        expect(count).toBeLessThanOrEqual(LIMITS.burst + (now / 1_000) * LIMITS.perSecond + 1e-6);
      }),
    );
  });

  test('lets a source that keeps to the rate through without end', () => {
    const limiter = new SourceLimiter(LIMITS);
    for (let at = 0; at < 1_000; at++) expect(limiter.admits('a', after(T0, at * 100))).toBe(true);
  });

  test('is the own one of each source', () => {
    const limiter = new SourceLimiter(LIMITS);
    admitted(limiter, 100);
    expect(limiter.admits('b', T0)).toBe(true);
  });
});

describe('a ban', () => {
  const BANNING = { ...LIMITS, firstBanMs: 1_000, longestBanMs: 4_000 };

  test('takes twice as long every time, up to the longest', () => {
    const limiter = new SourceLimiter(BANNING);
    let now = T0;
    for (const banMs of [1_000, 2_000, 4_000, 4_000]) {
      while (limiter.admits('a', now));
      expect(limiter.admits('a', after(now, banMs - 1))).toBe(false);
      now = after(now, banMs);
      expect(limiter.admits('a', now)).toBe(true);
    }
  });

  test('is forgiven after good conduct', () => {
    const limiter = new SourceLimiter(BANNING);
    admitted(limiter, 100);
    const later = after(T0, 60_000);
    admitted(limiter, 100, later);
    expect(limiter.admits('a', after(later, 1_000))).toBe(true);
  });
});

test('the table stays bounded, whatever sources are forged', () => {
  const sources = fc.array(fc.string(), { maxLength: 300 });
  fc.assert(
    fc.property(sources, (all) => {
      const limiter = new SourceLimiter(LIMITS);
      for (const source of all) limiter.admits(source, T0);
      expect(limiter.size).toBeLessThanOrEqual(LIMITS.maxSources);
    }),
  );
});
