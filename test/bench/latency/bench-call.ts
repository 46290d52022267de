import { levelDbfs } from '../../../src/audio/level.ts';
import { Caller } from '../../../src/cli/caller/caller.ts';
import { nowMs } from '../../../src/cli/caller/rtp-stream.ts';
import type { LevelPacket } from './packet-analysis.ts';

export interface BenchCallOptions {
  readonly host: string;
  readonly port: number;
  readonly fromUser: string;
  readonly turns: number;
  readonly clips: readonly Int16Array[];
}

/** The packets of one call, as its caller saw them. */
export interface BenchCall {
  readonly fromUser: string;
  readonly rtpPort: number;
  readonly sent: readonly LevelPacket[];
  readonly heard: readonly LevelPacket[];
}

const INTERRUPTED_TURN = 3;
const ANSWER_TIMEOUT_MS = 10_000;
const QUIET_MS = 300;

/** One call: says something, hears the answer out, and so on; interrupts the third answer. */
export async function benchCall(options: BenchCallOptions): Promise<BenchCall> {
  const { clips, turns, ...target } = options;
  const sent: LevelPacket[] = [];
  const heard: LevelPacket[] = [];
  const caller = await Caller.call({
    ...target,
    toUser: 'bench',
    noiseDbfs: -65,
    onSent: (samples) =>
      sent.push({ atMs: nowMs(), levelDbfs: samples ? levelDbfs(samples) : -Infinity }),
    onHeard: ({ atMs, levelDbfs: level }) => heard.push({ atMs, levelDbfs: level }),
  });
  const { rtpPort } = caller;
  try {
    for (let turn = 1; turn <= turns; turn += 1) {
      // Turns begin anywhere between two packets of the agent, not always at the same place.
      await caller.hearsPackets(5 + Math.floor(Math.random() * 15), ANSWER_TIMEOUT_MS);
      await say(caller, clips);
      if (turn === INTERRUPTED_TURN) {
        await caller.hearsMore(500 + Math.random() * 400, ANSWER_TIMEOUT_MS);
        await say(caller, clips);
      }
      await caller.hearsSilence(QUIET_MS, ANSWER_TIMEOUT_MS);
    }
  } finally {
    await caller.hangUp();
  }
  return { fromUser: target.fromUser, rtpPort, sent, heard };
}

async function say(caller: Caller, clips: readonly Int16Array[]): Promise<void> {
  const clip = clips[Math.floor(Math.random() * clips.length)] ?? new Int16Array();
  const { lastPacketMs } = await caller.say(clip);
  await caller.hearsSpeech(lastPacketMs, ANSWER_TIMEOUT_MS);
}
