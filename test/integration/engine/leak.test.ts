import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '../../../src/cli/caller/caller.ts';
import { demoAgent } from '../../support/engine/engine-config.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';

const BATCHES = 10;
const CALLS_AT_ONCE = 10;
const SPEAK_MS = 10_000;
/** Of transactions that are over: 64*T1 of RFC 3261 section 17, and some air. */
const LINGER_MS = 45_000;

let running: RunningEngine;

beforeAll(async () => {
  running = await RunningEngine.start({ agents: { demo: demoAgent({ firstSentence: 'Yes?' }) } });
});

afterAll(() => running.close());

/** Calls, hears the agent, hangs up. */
async function shortCall(): Promise<void> {
  const caller = await Caller.call({
    ...running.remote,
    toUser: 'demo',
    fromUser: '+4930555',
  });
  await caller.hearsSpeech(0, SPEAK_MS);
  await caller.hangUp();
}

async function batch(): Promise<void> {
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, shortCall));
  await until('every call is finished', () =>
    running.engine.activeCalls === 0 ? true : undefined,
  );
}

/** What the process holds, by kind. */
function held(): Readonly<Record<string, number>> {
  const kinds = process.getActiveResourcesInfo().filter((kind) => !/Timeout|Immediate/.test(kind));
  const counts: Record<string, number> = { files: readdirSync('/proc/self/fd').length };
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

test('a hundred calls leave no session, port, dialog, transaction or handle', async () => {
  await batch();
  const atFirst = held();
  const { portsFree } = (await running.stats()).media;
  for (let index = 0; index < BATCHES; index += 1) await batch();
  const stats = await running.stats();

  expect(stats.media).toMatchObject({
    sessionsOpen: 0,
    sessionsTotal: (BATCHES + 1) * CALLS_AT_ONCE,
    portsFree,
  });
  expect(stats.sip.dialogs).toBe(0);
  await until(
    'every transaction is over',
    async () => {
      const { transactions, pendingTimers } = (await running.stats()).sip;
      return transactions === 0 && pendingTimers === 0 ? true : undefined;
    },
    LINGER_MS,
  );
  for (const [kind, count] of Object.entries(held())) {
    expect({ kind, count }).toEqual({ kind, count: Math.min(count, atFirst[kind] ?? 0) });
  }
  expect(running.log.filter(({ level }) => level > 30)).toEqual([]);
});
