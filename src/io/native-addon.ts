import { createRequire } from 'node:module';

import type { BackgroundKind } from '../audio/background-sound.ts';
import type {
  AgentAudience,
  ListeningOptions,
  MediaDetection,
  RtpRemote,
  SendDigitsOptions,
} from '../media/media-engine.ts';

/** With nothing left out. */
export type NativeListening = Required<ListeningOptions>;

/** Calls back with the counts of rows in the buffers that the constructor was given. */
type BatchListener = (audioRows: number, eventRows: number) => void;

/** The engine of `native/binding/media_engine_binding.cc`. It trusts its arguments: its one caller has checked them. */
export interface NativeEngine {
  /** Id and RTP port; nothing when the ports are exhausted or the engine is closed. */
  open(options: SessionValues): readonly [number, number] | undefined;
  /** False: the codec is not built in. */
  connect(id: number, remote: RtpRemote): boolean | undefined;
  write(id: number, playoutId: number, samples: Int16Array, sampleRateHz: number): void;
  mark(id: number, playoutId: number, markId: number): void;
  finish(id: number, playoutId: number): void;
  flush(id: number): void;
  pause(id: number): void;
  resume(id: number): void;
  release(id: number): void;
  /** `sound` left out: none. */
  setBackground(id: number, background: { sound?: BackgroundKind; levelDbfs?: number }): void;
  setVad(id: number, options: NativeListening): void;
  setDuckOnSpeech(id: number, enabled: boolean): void;
  setMuted(id: number, muted: boolean): void;
  /** False: they are not on one thread, or one of them is not connected. */
  bridge(id: number, otherId: number, agentHeardBy: AgentAudience): boolean | undefined;
  unbridge(id: number): void;
  /** True: its end will be told. */
  startRecording(id: number, path: string): boolean | undefined;
  pauseRecording(id: number, isPaused: boolean): void;
  stopRecording(id: number): void;
  sendDigits(id: number, digits: string, options: SendDigitsOptions): void;
  setDetection(id: number, detection: MediaDetection): void;
  closeSession(id: number): void;
  stats(): EngineNumbers | undefined;
  attachAudio(samples: Int16Array): void;
  close(): void;
}

type G711 = 'PCMU' | 'PCMA';

/** Sessions are named by their ids. */
export type SessionValues = NativeListening & {
  readonly rtpTimeoutMs: number;
  readonly beside?: number;
};

type EngineNumbers = readonly [
  sessionsOpen: number,
  portsFree: number,
  sessionsTotal: number,
  portsDraining: number,
  pacingP99Ms: number,
  pacingMaxMs: number,
  audioOverwritten: number,
  ...packetsDropped: number[],
];

type EngineArguments = readonly [
  host: string,
  portFirst: number,
  portLast: number,
  threads: number,
  weights: Uint8Array,
  onBatch: BatchListener,
  audioHeads: Float64Array,
  audioSamples: Int16Array,
  events: Float64Array,
];

interface NativeAddon {
  readonly MediaEngine: new (...values: EngineArguments) => NativeEngine;
  encodeG711(codec: G711, samples: Int16Array): Uint8Array;
  decodeG711(codec: G711, codes: Uint8Array): Int16Array;
}

/** @throws when the addon is not built (`npm run setup` builds it). */
export function loadNativeAddon(): NativeAddon {
  return createRequire(import.meta.url)('../../native/build/Release/trunkline.node') as NativeAddon;
}
