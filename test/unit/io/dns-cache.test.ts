import { describe, expect, test } from 'vitest';
import { after, monotonicMs } from '../../../src/core/time.ts';
import { DNS_CACHE_LIMITS, DnsCache } from '../../../src/io/dns-cache.ts';

const T0 = monotonicMs(0);
const ANSWER = { type: 'A', records: ['192.0.2.1'] } as const;
const NOTHING = { type: 'A', records: [] } as const;
const { floorMs, ceilingMs, negativeMs, failureMs, staleMs, entries } = DNS_CACHE_LIMITS;

describe('how long an answer is good for', () => {
  test.each([
    ['its TTL', 60, 60_000],
    ['the floor, when its TTL is shorter', 0, floorMs],
    ['the ceiling, when its TTL is longer', 2 ** 31 - 1, ceilingMs],
  ])('%s', (_what, ttlSeconds, lifeMs) => {
    const cache = new DnsCache();
    cache.store('a', ANSWER, ttlSeconds, T0);
    expect(cache.find('a', after(T0, lifeMs - 1))?.answer).toBe(ANSWER);
    expect(cache.find('a', after(T0, lifeMs))).toBeUndefined();
  });

  test('that there is none: briefly', () => {
    const cache = new DnsCache();
    cache.store('a', NOTHING, 86_400, T0);
    expect(cache.find('a', after(T0, negativeMs))).toBeUndefined();
  });
});

describe('a server that does not answer', () => {
  test('is left alone for a moment', () => {
    const cache = new DnsCache();
    expect(cache.storeFailure('a', T0)).toBeUndefined();
    expect(cache.find('a', T0)).toMatchObject({ answer: undefined });
    expect(cache.find('a', after(T0, failureMs))).toBeUndefined();
  });

  test('leaves the last answer in use, but not for ever', () => {
    const cache = new DnsCache();
    cache.store('a', ANSWER, 60, T0);
    expect(cache.storeFailure('a', after(T0, 61_000))).toBe(ANSWER);
    expect(cache.storeFailure('a', after(T0, 600_000))).toBe(ANSWER);
    expect(cache.storeFailure('a', after(T0, 60_000 + staleMs))).toBeUndefined();
  });
});

test('the cache is bounded', () => {
  const cache = new DnsCache();
  for (let at = 0; at < 2 * entries; at++) cache.store(`${at}`, ANSWER, 60, T0);
  expect(cache.size).toBe(entries);
});
