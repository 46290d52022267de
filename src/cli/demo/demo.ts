import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DemoCall, makeDemoCall } from './demo-call.ts';
import { EngineApi } from './engine-api.ts';
import { engineEnvironment } from './engine-environment.ts';
import { EngineProcess } from './engine-process.ts';
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

const HOST = '127.0.0.1';

/** The whole demo. Resolves with what did not go as it should have; rejects when it cannot go on. */
export async function runDemo(options: DemoOptions): Promise<readonly string[]> {
  const { timeline, dataDir } = options;
  const apiKey = `tc_live_${randomBytes(16).toString('hex')}`;
  await mkdir(dataDir, { recursive: true });
  timeline.plain('starting the engine ...');
  const rtpPorts = await freePortRange(HOST);
  const env = engineEnvironment(options.env, { apiKey, dataDir, rtpPorts });
  const engine = await EngineProcess.start(env, options.signal);
  const signal = AbortSignal.any([options.signal, engine.lost]);
  try {
    const { addresses } = engine;
    const api = new EngineApi(addresses.http, apiKey);
    await introduce(api, engine, timeline);
    const demoCall = await makeDemoCall({ addresses, api, timeline, signal });
    return await wrapUp(demoCall, options);
  } catch (error) {
    // What ended the demo says more than what then failed.
    throw signal.aborted ? signal.reason : error;
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

/** The files, the table, the verdict. */
async function wrapUp(
  { call, measured }: DemoCall,
  { timeline, dataDir }: DemoOptions,
): Promise<readonly string[]> {
  const jsonPath = join(dataDir, `${call.id}.json`);
  await writeFile(jsonPath, `${JSON.stringify(call, null, 2)}\n`);
  const wavPath = join(dataDir, 'recordings', `${call.id}.wav`);
  const wav = await readWav(wavPath);
  showReport({ call, measured, wav, wavPath, jsonPath }, timeline);
  return [...faultsOfCall(call), ...faultsOfRecording(wav, call)];
}
