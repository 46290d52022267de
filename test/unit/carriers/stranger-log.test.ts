import { expect, test } from 'vitest';
import { StrangerLog } from '../../../src/carriers/stranger-log.ts';
import { monotonicMs } from '../../../src/core/time.ts';

const HOUR_MS = 3_600_000;

function logged() {
  const sources: unknown[] = [];
  const strangers = new StrangerLog({
    info: () => undefined,
    warn: (fields) => sources.push(fields),
  });
  return { strangers, sources };
}

test('a source is named once in an hour', () => {
  const { strangers, sources } = logged();
  for (const ms of [0, 1, HOUR_MS - 1, HOUR_MS]) strangers.refused('192.0.2.1', monotonicMs(ms));
  strangers.refused('192.0.2.2', monotonicMs(1));

  expect(sources).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((source) => ({ source })));
});

test('a scan from everywhere fills neither the log nor the memory', () => {
  const { strangers, sources } = logged();
  for (let each = 0; each < 1_000; each += 1) strangers.refused(`192.0.2.${each}`, monotonicMs(0));
  expect(sources).toHaveLength(256);
  strangers.refused('198.51.100.1', monotonicMs(HOUR_MS));

  expect(sources).toHaveLength(257);
});
