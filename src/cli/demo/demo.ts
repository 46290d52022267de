import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Caller } from '../caller/caller.ts';
import type { CallObject, TurnView } from './call-object.ts';
import { loadClips } from './clips.ts';
import { type CallerMeasurements, Conversation } from './conversation.ts';
import { EngineApi } from './engine-api.ts';
import { engineEnvironment } from './engine-environment.ts';
import { EngineProcess } from './engine-process.ts';
import { followCall } from './follow-call.ts';
import { freePortRange } from './free-port-range.ts';
import { showReport } from './report.ts';
import type { Timeline } from './timeline.ts';
import { faultsOfCall, faultsOfRecording } from './verdict.ts';
import { readWav } from './wav-file.ts';

export interface DemoOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Absolute; kept after the demo. */
  readonly dataDir: string;
  readonly timeline: Timeline;
  /** Ends the demo early, with its reason. */
  readonly signal: AbortSignal;
  /** Whether the engine got the signal that ends the demo as well. */
  readonly engineHasSignal: () => boolean;
}

interface FinishedCall {
  readonly call: CallObject;
  readonly measured: CallerMeasurements;
}

const HOST = '127.0.0.1';
const DEMO_NUMBER = 'demo';
const CALLER_NUMBER = '+15550100';
const STORE_LIMIT_MS = 15_000;

/** The whole demo. Resolves with what did not go as it should have; rejects when it cannot go on. */
export async function runDemo(options: DemoOptions): Promise<readonly string[]> {
  const { timeline, dataDir, signal } = options;
  const apiKey = `tc_live_${randomBytes(16).toString('hex')}`;
  await mkdir(dataDir, { recursive: true });
  timeline.plain('starting the engine ...');
  const rtpPorts = await freePortRange(HOST);
  const env = engineEnvironment(options.env, { apiKey, dataDir, rtpPorts });
  const engine = await EngineProcess.start(env, signal);
  try {
    const api = new EngineApi(engine.addresses.http, apiKey);
    await introduce(api, engine, timeline);
    const { call, measured } = await Promise.race([
      makeCall(engine, api, options),
      rejectsOn(signal),
      engine.exited.then((how) => Promise.reject(new Error(`the engine ${how}`))),
    ]);
    return await wrapUp(call, measured, options);
  } finally {
    await engine.stop(options.engineHasSignal());
  }
}

async function introduce(api: EngineApi, engine: EngineProcess, timeline: Timeline): Promise<void> {
  const { version, providers } = await api.health();
  const { http, sipHost, sipPort } = engine.addresses;
  timeline.plain(`Trunkline ${version} is ready: SIP on ${sipHost}:${sipPort}, API on ${http}`);
  const { stt, llm, tts } = providers;
  timeline.plain(`providers: ${stt} listens, ${llm} answers, ${tts} speaks`);
  for (const note of providers.notes) timeline.paragraph('  ', note);
}

async function makeCall(
  engine: EngineProcess,
  api: EngineApi,
  { timeline, signal }: DemoOptions,
): Promise<FinishedCall> {
  const clips = await loadClips();
  const { sipHost, sipPort } = engine.addresses;
  timeline.heading(`The call to sip:${DEMO_NUMBER}@${sipHost}:${sipPort}`);
  const caller = await Caller.call({
    host: sipHost,
    port: sipPort,
    toUser: DEMO_NUMBER,
    fromUser: CALLER_NUMBER,
  });
  try {
    timeline.start(caller.answeredMs);
    timeline.line('engine', 'answers');
    const storing = new AbortController();
    const following = followCall(
      api,
      caller.sipCallId,
      followerOn(timeline),
      AbortSignal.any([signal, storing.signal]),
    );
    const conversation = new Conversation(caller, clips, timeline).hold();
    const measured = await Promise.race([conversation, following.then(() => conversation)]);
    timeline.line('caller', 'hangs up');
    await caller.hangUp();
    const limit = setTimeout(
      () => storing.abort(new Error('the call was not stored within 15 s of its end')),
      STORE_LIMIT_MS,
    );
    const call = await following.finally(() => clearTimeout(limit));
    return { call, measured };
  } finally {
    caller.close();
  }
}

function followerOn(timeline: Timeline) {
  return {
    onTranscript: ({ user, text, interrupted }: CallObject['transcript'][number]) => {
      if (user === 'user') timeline.line('engine', `heard: ${text}`);
      else timeline.line('agent', `"${text}"${interrupted ? ' ... (interrupted)' : ''}`);
    },
    onTurn: ({ barge_in }: TurnView) => {
      if (barge_in?.outcome !== 'flushed') return;
      const { duck_delay_ms, stop_delay_ms } = barge_in;
      timeline.mark(
        `agent ducked after ${whole(duck_delay_ms)} ms, silent after ${whole(stop_delay_ms)} ms`,
      );
    },
  };
}

function whole(ms: number | undefined): string {
  return ms === undefined ? '?' : String(Math.round(ms));
}

/** The files, the table, the verdict. */
async function wrapUp(
  call: CallObject,
  measured: CallerMeasurements,
  { timeline, dataDir }: DemoOptions,
): Promise<readonly string[]> {
  const jsonPath = join(dataDir, `${call.id}.json`);
  await writeFile(jsonPath, `${JSON.stringify(call, null, 2)}\n`);
  const wavPath = join(dataDir, 'recordings', `${call.id}.wav`);
  const wav = await readWav(wavPath);
  showReport({ call, measured, wav, wavPath, jsonPath }, timeline);
  return [...faultsOfCall(call), ...faultsOfRecording(wav, call)];
}

function rejectsOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
