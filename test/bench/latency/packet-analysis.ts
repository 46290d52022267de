/**
 * Turn gaps and barge-in times out of two packet sequences: what the caller sent and what it heard. The same code reads the caller's own
 * record and a packet capture, so that the two can be held against each other.
 */

/** One audio packet: when (any clock in milliseconds, the same for both directions) and how loud. */
export interface LevelPacket {
  readonly atMs: number;
  readonly levelDbfs: number;
}

export interface TurnGap {
  /** The caller's last packet of speech. */
  readonly callerEndMs: number;
  /** The agent's first packet of speech after it. */
  readonly agentStartMs: number;
  readonly gapMs: number;
}

export interface BargeInTimes {
  readonly onsetMs: number;
  /** Onset to the first packet at least 12 dB below the agent's level before it. */
  readonly duckMs: number | undefined;
  /** Onset to the first of three silent packets. */
  readonly silentMs: number | undefined;
}

const SPEECH_DBFS = -45;
const SILENT_DBFS = -60;
/** Speech packets closer than this belong to one utterance. */
const JOIN_MS = 350;
const DUCK_DB = 12;

interface Utterance {
  readonly startMs: number;
  readonly endMs: number;
}

export function utterances(packets: readonly LevelPacket[]): Utterance[] {
  const found: Utterance[] = [];
  for (const { atMs, levelDbfs } of packets) {
    if (levelDbfs < SPEECH_DBFS) continue;
    const last = found.at(-1);
    if (last && atMs - last.endMs < JOIN_MS) found[found.length - 1] = { ...last, endMs: atMs };
    else found.push({ startMs: atMs, endMs: atMs });
  }
  return found;
}

/** A gap for each utterance of the caller that began while the agent was silent. */
export function turnGaps(sent: readonly LevelPacket[], heard: readonly LevelPacket[]): TurnGap[] {
  const callers = utterances(sent);
  return callers.flatMap(({ endMs }, index) => {
    const nextCallerMs = callers[index + 1]?.startMs ?? Infinity;
    const agentStartMs = heard.find(
      ({ atMs, levelDbfs }) => atMs > endMs && levelDbfs >= SPEECH_DBFS,
    )?.atMs;
    if (agentStartMs === undefined || agentStartMs > nextCallerMs) return [];
    return [{ callerEndMs: endMs, agentStartMs, gapMs: agentStartMs - endMs }];
  });
}

/** One entry for each utterance of the caller that began while the agent was speaking. */
export function bargeIns(
  sent: readonly LevelPacket[],
  heard: readonly LevelPacket[],
): BargeInTimes[] {
  return utterances(sent).flatMap(({ startMs }) => {
    const before = heard.filter(({ atMs }) => atMs > startMs - 200 && atMs <= startMs);
    const speaking = before.filter(({ levelDbfs }) => levelDbfs >= SPEECH_DBFS);
    if (speaking.length < 8) return [];
    return [{ onsetMs: startMs, ...stopTimes(startMs, median(speaking), heard) }];
  });
}

function stopTimes(onsetMs: number, levelBefore: number, heard: readonly LevelPacket[]) {
  const after = heard.filter(({ atMs }) => atMs > onsetMs && atMs < onsetMs + 2_000);
  const ducked = after.find(({ levelDbfs }) => levelDbfs <= levelBefore - DUCK_DB);
  const silentAt = after.findIndex((_, i) => {
    const run = after.slice(i, i + 3);
    return run.length === 3 && run.every(({ levelDbfs }) => levelDbfs < SILENT_DBFS);
  });
  const silent = after[silentAt];
  return {
    duckMs: ducked && ducked.atMs - onsetMs,
    silentMs: silent && silent.atMs - onsetMs,
  };
}

function median(packets: readonly LevelPacket[]): number {
  const sorted = packets.map(({ levelDbfs }) => levelDbfs).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? -Infinity;
}
