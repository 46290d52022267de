import { expect, test } from 'vitest';
import {
  bargeIns,
  type LevelPacket,
  turnGaps,
  utterances,
} from '../../bench/latency/packet-analysis.ts';

/** Packets every 20 ms from 0 on; `loud` gives the level of each slot. */
function stream(slots: number, loud: (slot: number) => number, offsetMs = 0): LevelPacket[] {
  return Array.from({ length: slots }, (_, slot) => ({
    atMs: slot * 20 + offsetMs,
    levelDbfs: loud(slot),
  }));
}

test('short pauses inside an utterance do not end it', () => {
  const packets = stream(100, (slot) => (slot < 20 || (slot > 30 && slot < 50) ? -20 : -80));

  expect(utterances(packets)).toEqual([{ startMs: 0, endMs: 980 }]);
});

test('the gap runs from the last caller packet of speech to the first of the agent', () => {
  const sent = stream(200, (slot) => (slot < 50 ? -20 : -80));
  const heard = stream(200, (slot) => (slot >= 75 ? -20 : -Infinity), 7);

  expect(turnGaps(sent, heard)).toEqual([{ callerEndMs: 980, agentStartMs: 1_507, gapMs: 527 }]);
});

test('an utterance that the agent did not answer has no gap', () => {
  const sent = stream(200, (slot) => (slot < 20 || slot > 150 ? -20 : -80));

  expect(
    turnGaps(
      sent,
      stream(200, () => -Infinity),
    ),
  ).toEqual([]);
});

test('a barge-in is timed to 12 dB down and to the first of three silent packets', () => {
  const sent = stream(200, (slot) => (slot >= 50 && slot < 90 ? -20 : -80));
  const heard = stream(200, (slot) => {
    if (slot < 53) return -20;
    return slot < 57 ? -35 : -Infinity;
  });

  expect(bargeIns(sent, heard)).toEqual([{ onsetMs: 1_000, duckMs: 60, silentMs: 140 }]);
});
