import { setTimeout as after } from 'node:timers/promises';
import { Caller } from '../caller/caller.ts';
import { nowMs } from '../caller/rtp-stream.ts';
import type { CallObject } from './call-object.ts';
import { loadClips } from './clips.ts';
import { type CallerMeasurements, Conversation } from './conversation.ts';
import type { EngineApi } from './engine-api.ts';
import type { EngineAddresses } from './engine-process.ts';
import { type CallFollower, followCall } from './follow-call.ts';
import type { Timeline } from './timeline.ts';

export interface DemoCallOptions {
  readonly addresses: EngineAddresses;
  readonly api: EngineApi;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}

export interface DemoCall {
  readonly call: CallObject;
  readonly measured: CallerMeasurements;
}

const NUMBER = 'demo';
const CALLER_NUMBER = '+15550100';
const STORE_LIMIT_MS = 15_000;
const BYE_LIMIT_MS = 1_000;
/** The other side's news may be this late: a poll and its answer. */
const NEWS_MS = 250;

/** Calls, talks, hangs up. Resolves when everything about the call is stored. */
export async function makeDemoCall(options: DemoCallOptions): Promise<DemoCall> {
  const { addresses, timeline, signal } = options;
  const { sipHost: host, sipPort: port } = addresses;
  const clips = await loadClips();
  timeline.heading(`The call to sip:${NUMBER}@${host}:${port} (seconds since the answer)`);
  const target = { host, port, toUser: NUMBER, fromUser: CALLER_NUMBER };
  const caller = await Caller.call({ ...target, signal });
  try {
    timeline.start(caller.answeredMs);
    timeline.line(caller.answeredMs, 'engine', 'answers');
    return await talk(caller, new Conversation(caller, clips, timeline), options);
  } finally {
    timeline.flush();
    await hangUp(caller);
  }
}

async function talk(
  caller: Caller,
  conversation: Conversation,
  { api, timeline, signal }: DemoCallOptions,
): Promise<DemoCall> {
  const storing = new AbortController();
  const ended = AbortSignal.any([signal, storing.signal]);
  const following = followCall(api, caller.sipCallId, followerOn(timeline, caller), ended);
  try {
    const holding = conversation.hold();
    // Whichever fails first; the call object cannot be complete before the conversation is over.
    const measured = await Promise.race([holding, following.then(() => holding)]);
    timeline.line(nowMs(), 'caller', 'hangs up');
    await caller.hangUp();
    const limit = setTimeout(
      () => storing.abort(new Error('the call was not stored within 15 s of its end')),
      STORE_LIMIT_MS,
    );
    const call = await following.finally(() => clearTimeout(limit));
    return { call, measured };
  } finally {
    storing.abort();
  }
}

function followerOn(timeline: Timeline, { answeredMs }: Caller): CallFollower {
  return {
    onTranscript: ({ user, text, interrupted }, sinceMs) => {
      const atMs = answeredMs + sinceMs;
      if (user === 'user') timeline.line(atMs, 'engine', `heard: ${text}`);
      else timeline.line(atMs, 'agent', `said: "${text}"${interrupted ? ' (interrupted)' : ''}`);
    },
    onTurn: ({ barge_in }) => {
      if (barge_in?.outcome !== 'flushed') return;
      const { onset_ms, duck_delay_ms = NaN, stop_delay_ms = NaN } = barge_in;
      const delays = [duck_delay_ms, stop_delay_ms].map(Math.round);
      timeline.mark(
        answeredMs + onset_ms + (stop_delay_ms || 0),
        `agent ducked after ${delays[0]} ms, silent after ${delays[1]} ms`,
      );
    },
    onPolled: () => timeline.flush(nowMs() - NEWS_MS),
  };
}

/** A dead engine does not answer the BYE. */
async function hangUp(caller: Caller): Promise<void> {
  const limit = after(BYE_LIMIT_MS, undefined, { ref: false });
  await Promise.race([caller.hangUp().catch(() => undefined), limit]);
  caller.close();
}
