import { Caller } from '../../../src/cli/caller/caller.ts';
import { loadClips } from '../../../src/cli/demo/clips.ts';
import type { Remote } from '../../support/engine/running-engine.ts';
import type { SeededRandom } from '../../support/random/seeded-random.ts';

/** What a caller does between the answer and the end, and how it ends the call, so that calls end everywhere in a conversation. */
export interface CallPlan {
  readonly name: string;
  /** `hangs-up`: with a BYE. `vanishes`: sockets shut, no word. `is-refused`: it never comes about. */
  readonly end: 'hangs-up' | 'vanishes' | 'is-refused';
  readonly talk: (caller: Caller, random: SeededRandom) => Promise<void>;
}

const RATE_HZ = 8_000;
const LIMIT_MS = 10_000;
const LONGEST_LISTENING_MS = 1_500;

/** To be picked from at random. */
export async function callPlans(): Promise<readonly [CallPlan, ...CallPlan[]]> {
  const { firstQuestion } = await loadClips();
  const clip = firstQuestion.samples.subarray(0, 0.6 * RATE_HZ);
  return [
    { name: 'listens', end: 'hangs-up', talk: listenForAWhile },
    { name: 'is gone at once', end: 'hangs-up', talk: () => Promise.resolve() },
    { name: 'interrupts', end: 'hangs-up', talk: interrupt(clip) },
    { name: 'presses keys', end: 'hangs-up', talk: press },
    { name: 'waits for the answer', end: 'hangs-up', talk: speakAndWait(clip) },
    { name: 'vanishes while it listens', end: 'vanishes', talk: listenForAWhile },
    { name: 'vanishes while it speaks', end: 'vanishes', talk: interrupt(clip) },
    { name: 'has the wrong number', end: 'is-refused', talk: () => Promise.resolve() },
  ];
}

/** Hangs up somewhere in the greeting. */
async function listenForAWhile(caller: Caller, random: SeededRandom): Promise<void> {
  await listen(caller, 20 + random.below(LONGEST_LISTENING_MS));
}

/** Interrupts the greeting, and is gone before anybody can answer. */
function interrupt(clip: Int16Array): CallPlan['talk'] {
  return async (caller, random) => {
    await listen(caller, 20 + random.below(600));
    await caller.say(clip);
  };
}

async function press(caller: Caller, random: SeededRandom): Promise<void> {
  await listen(caller, 20 + random.below(400));
  for (let keys = 1 + random.below(3); keys > 0; keys -= 1)
    await caller.press(String(random.below(10)));
  await listen(caller, 20 + random.below(400));
}

/** Stays until the answer may be on its way. */
function speakAndWait(clip: Int16Array): CallPlan['talk'] {
  return async (caller, random) => {
    await listen(caller, 200);
    await caller.say(clip);
    await listen(caller, 700 + random.below(LONGEST_LISTENING_MS));
  };
}

function listen(caller: Caller, durationMs: number): Promise<void> {
  return caller.hearsPackets(Math.ceil(durationMs / 20), LIMIT_MS);
}

/** One whole call; rejects when it does not go as it was planned. */
export async function shortCall(
  { host, port }: Remote,
  { end, talk }: CallPlan,
  random: SeededRandom,
): Promise<void> {
  const toUser = end === 'is-refused' ? 'nobody' : 'demo';
  const calling = Caller.call({ host, port, toUser, fromUser: '+4930555' });
  if (end === 'is-refused') return refused(calling);
  const caller = await calling;
  try {
    await talk(caller, random);
    if (end === 'hangs-up') await caller.hangUp();
  } finally {
    caller.close();
  }
}

async function refused(calling: Promise<Caller>): Promise<void> {
  const outcome = await calling.catch((error: unknown) => String(error));
  if (outcome instanceof Caller) {
    outcome.close();
    throw new Error('a wrong number was answered');
  }
  if (!outcome.includes('404')) throw new Error(outcome);
}
