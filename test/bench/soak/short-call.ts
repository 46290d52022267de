import { Caller } from '../../../src/cli/caller/caller.ts';
import { loadClips } from '../../../src/cli/demo/clips.ts';
import type { Remote } from '../../support/engine/running-engine.ts';

/** What a caller does between the answer and hanging up, so that calls end in different places of the conversation. */
export type CallPlan = (caller: Caller) => Promise<void>;

const RATE_HZ = 8_000;
const LIMIT_MS = 10_000;

/** One after the other, over and over. */
export async function callPlans(): Promise<readonly CallPlan[]> {
  const { firstQuestion } = await loadClips();
  const clip = firstQuestion.samples.subarray(0, 0.6 * RATE_HZ);
  return [listenAndLeave, speakAndLeave(clip), pressAndLeave, speakAndWait(clip)];
}

/** Hangs up in the middle of the greeting. */
async function listenAndLeave(caller: Caller): Promise<void> {
  await listen(caller, 700);
}

/** Interrupts the greeting, and is gone before anybody can answer. */
function speakAndLeave(clip: Int16Array): CallPlan {
  return async (caller) => {
    await listen(caller, 300);
    await caller.say(clip);
  };
}

async function pressAndLeave(caller: Caller): Promise<void> {
  await listen(caller, 300);
  await caller.press('5');
  await listen(caller, 300);
}

/** Stays until the answer may be on its way. */
function speakAndWait(clip: Int16Array): CallPlan {
  return async (caller) => {
    await listen(caller, 200);
    await caller.say(clip);
    await listen(caller, 1_000);
  };
}

function listen(caller: Caller, durationMs: number): Promise<void> {
  return caller.hearsPackets(durationMs / 20, LIMIT_MS);
}

/** One whole call; rejects when it is refused, cut off or not heard. */
export async function shortCall({ host, port }: Remote, plan: CallPlan): Promise<void> {
  const caller = await Caller.call({ host, port, toUser: 'demo', fromUser: '+4930555' });
  try {
    await plan(caller);
    await caller.hangUp();
  } finally {
    caller.close();
  }
}
