import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { CallEvent } from '../../../src/call/call-event.ts';
import type { MonotonicMs } from '../../../src/core/time.ts';
import type { NewCall } from '../../../src/store/call-record.ts';
import { openStore, type Store, type StoreOptions } from '../../../src/store/store.ts';
import { systemClock } from '../../../src/store/wall-clock.ts';

const folders: string[] = [];
const stores: Store[] = [];

/** Closes what a test opened and removes its files. */
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-store-'));
  folders.push(folder);
  return join(folder, 'trunkline.db');
}

export async function open(
  file: string,
  options: Partial<Omit<StoreOptions, 'file'>> = {},
): Promise<Store> {
  const store = await openStore({
    file,
    onFailure: (error) => {
      throw error;
    },
    ...options,
  });
  stores.push(store);
  return store;
}

export function now(): MonotonicMs {
  return systemClock.monotonicNow();
}

export function newCall(accountId: string, callId: string): NewCall {
  return {
    accountId,
    modeRequested: 'realtime',
    voiceRequested: 'alloy',
    voiceUsed: 'slt',
    providerNotes: ['voice alloy is not available'],
    request: { metadata: { order: 7 } },
    spec: {
      callId,
      direction: 'outbound',
      from: '+15550001111',
      to: '+15550002222',
      agent: {
        instructions: 'Be brief.',
        language: 'en-US',
        voice: 'slt',
        endpointing: { silenceMs: 500, minSilenceMs: 200, transcriptWaitMs: 2_000 },
        bargeIn: { enabled: true, flushAfterMs: 400, resumeAfterMs: 800 },
        timeouts: {
          silenceMs: 30_000,
          maxDurationMs: 600_000,
          llmFirstTokenMs: 5_000,
          ttsFirstByteMs: 3_000,
        },
        failureSentence: 'Sorry.',
        onProviderFailure: 'continue',
      },
      record: true,
      ringTimeoutMs: 60_000,
      rtpTimeoutMs: 30_000,
    },
  };
}

/** A call that was answered, talked for two turns and hung up. */
export function wholeCall(): readonly CallEvent[] {
  const atMs = now();
  return [
    { type: 'created', atMs },
    { type: 'dialing', atMs, carrier: 'local' },
    { type: 'ringing', atMs, sipStatus: 180 },
    { type: 'answered', atMs, sipCallId: 'abc@example' },
    { type: 'transcript', atMs, speaker: 'agent', text: 'Hello.', interrupted: false },
    { type: 'transcript', atMs, speaker: 'caller', text: 'Goodbye.', interrupted: false },
    { type: 'turn', atMs, trace: { turnId: 1, kind: 'greeting', ttsRequestMs: atMs } },
    { type: 'turn', atMs, trace: { turnId: 2, kind: 'reply', callerSpeechEndMs: atMs } },
    { type: 'ended', atMs, termination: { reason: 'hangup', by: 'caller' } },
    { type: 'finished', atMs, recordingPath: 'recordings/a.wav', durationMs: 2_500 },
  ];
}
