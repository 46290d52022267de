import { setTimeout as after } from 'node:timers/promises';
import type { CallObject, TranscriptEntry, TurnView } from './call-object.ts';
import type { EngineApi } from './engine-api.ts';

export interface CallFollower {
  /** `atMs`: since the answer. */
  readonly onTranscript: (entry: TranscriptEntry, atMs: number) => void;
  readonly onTurn: (turn: TurnView) => void;
  /** Everything that was new is reported. */
  readonly onPolled: () => void;
}

const POLL_MS = 120;

/** Reports what is new in the call object, as it comes; resolves with the object when everything of the call is stored. */
export async function followCall(
  api: EngineApi,
  sipCallId: string,
  follower: CallFollower,
  signal: AbortSignal,
): Promise<CallObject> {
  const id = await findCall(api, sipCallId, signal);
  let transcripts = 0;
  let turns = 0;
  for (;;) {
    const call = await api.call(id);
    for (const entry of call.transcript.slice(transcripts)) {
      follower.onTranscript(entry, millisecondsBetween(call.started_at, entry.created_at));
    }
    for (const turn of call.turns.slice(turns)) follower.onTurn(turn);
    transcripts = call.transcript.length;
    turns = call.turns.length;
    follower.onPolled();
    if (call.completed) return call;
    await after(POLL_MS, undefined, { signal });
  }
}

async function findCall(api: EngineApi, sipCallId: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const id = await api.idOfSipCall(sipCallId);
    if (id !== undefined) return id;
    await after(POLL_MS, undefined, { signal });
  }
}

function millisecondsBetween(from: string | null, to: string): number {
  return from === null ? 0 : Date.parse(to) - Date.parse(from);
}
