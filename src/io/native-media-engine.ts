import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';

import { TrunklineError } from '../core/errors.ts';
import { invariant } from '../core/invariant.ts';
import {
  type MediaEngine,
  type MediaEngineStats,
  type MediaListener,
  type MediaSession,
  type MediaSessionOptions,
  PACKET_DROP_REASONS,
} from '../media/media-engine.ts';
import { MediaListeners } from './media-listeners.ts';
import { loadNativeAddon, type NativeEngine } from './native-addon.ts';
import { nativeListening } from './native-listening.ts';
import { NativeMediaBatch } from './native-media-batch.ts';
import { NativeMediaSession } from './native-media-session.ts';

export interface NativeMediaEngineOptions {
  /** Address to bind RTP ports on, an IP literal. */
  readonly host: string;
  /** UDP ports of the pool, both included; a session takes an even one and the odd one above it. */
  readonly portFirst: number;
  readonly portLast: number;
  /** Media threads; one serves about a thousand calls. */
  readonly threads: number;
  /** Weights of the voice detector, as `scripts/extract-vad-weights.mjs` wrote them. */
  readonly vadWeightsPath: string;
}

/** The native engine on its own threads. `docs/media.md` says who closes whom. */
export class NativeMediaEngine implements MediaEngine {
  readonly #native: NativeEngine;
  readonly #batch: NativeMediaBatch;
  readonly #listeners: MediaListeners;
  #lastStats: MediaEngineStats;
  #closed = false;

  private constructor(native: NativeEngine, batch: NativeMediaBatch, listeners: MediaListeners) {
    this.#native = native;
    this.#batch = batch;
    this.#listeners = listeners;
    this.#lastStats = this.stats();
  }

  /** @throws when the addon is not built, the weights are missing or damaged, or threads cannot be started. */
  static create(options: NativeMediaEngineOptions): NativeMediaEngine {
    checkOptions(options);
    const weights = readFileSync(options.vadWeightsPath);
    const batch = new NativeMediaBatch();
    const listeners = new MediaListeners();
    const native = new (loadNativeAddon().MediaEngine)(
      options.host,
      options.portFirst,
      options.portLast,
      options.threads,
      weights,
      (audioRows, eventRows) => engine.#deliver(audioRows, eventRows),
      batch.audioHeads,
      batch.audioSamples,
      batch.events,
    );
    const engine = new NativeMediaEngine(native, batch, listeners);
    return engine;
  }

  openSession(options: MediaSessionOptions, listener: MediaListener): MediaSession {
    const { rtpTimeoutMs } = options;
    invariant(rtpTimeoutMs >= 0 && Number.isFinite(rtpTimeoutMs), 'rtpTimeoutMs is not negative');
    if (this.#closed) throw new TrunklineError('shutting-down', 'the media engine is closed');
    const { beside } = options;
    const opened = this.#native.open({
      rtpTimeoutMs,
      ...nativeListening(options),
      ...(beside && { beside: NativeMediaSession.idOf(beside) }),
    });
    if (opened === undefined) {
      throw new TrunklineError('media-ports-exhausted', 'no RTP port is free');
    }
    const [id, localPort] = opened;
    this.#listeners.add(id, listener);
    const onRecording = () => this.#listeners.expectRecording(id);
    return new NativeMediaSession(this.#native, { id, localPort, onRecording });
  }

  /** After {@link close}: the last figures. */
  stats(): MediaEngineStats {
    const numbers = this.#native.stats();
    if (numbers === undefined) return this.#lastStats;
    const [sessionsOpen, portsFree, sessionsTotal, portsDraining, ...rest] = numbers;
    const [pacingP99Ms, pacingMaxMs, , ...drops] = rest;
    return {
      sessionsOpen,
      portsFree,
      portsDraining,
      sessionsTotal,
      packetsDropped: drops.reduce((sum, count) => sum + count, 0),
      packetsDroppedBy: dropsByReason(drops),
      pacingP99Ms,
      pacingMaxMs,
    };
  }

  /** Slots of audio that JavaScript was too late to take, since the start: overwritten by newer ones. */
  get audioSlotsLost(): number {
    return this.#native.stats()?.[6] ?? 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The threads cannot be joined from within a listener that their last batch has called.
    await setImmediate();
    this.#native.close();
    this.#lastStats = { ...this.#lastStats, sessionsOpen: 0 };
  }

  #deliver(audioRows: number, eventRows: number): void {
    for (let index = 0; index < audioRows; index++) this.#deliverAudio(index);
    for (let index = 0; index < eventRows; index++) this.#deliverEvent(index);
    if (this.#batch.replaceDetachedAudio()) this.#native.attachAudio(this.#batch.audioSamples);
  }

  #deliverAudio(index: number): void {
    const listener = this.#listeners.of(this.#batch.audioSessionId(index));
    const audio = this.#batch.audio(index);
    if (listener === undefined || audio === undefined) return;
    isolate(() => listener.onAudio(audio));
  }

  #deliverEvent(index: number): void {
    const sessionId = this.#batch.eventSessionId(index);
    const listener = this.#listeners.of(sessionId);
    if (listener === undefined) return;
    const event = this.#batch.event(index);
    this.#listeners.observe(sessionId, event);
    isolate(() => listener.onEvent(event));
  }
}

function dropsByReason(counts: readonly number[]): MediaEngineStats['packetsDroppedBy'] {
  const entries = PACKET_DROP_REASONS.map((reason, index) => [reason, counts[index] ?? 0]);
  return Object.fromEntries(entries) as MediaEngineStats['packetsDroppedBy'];
}

/** What one session's listener throws is an uncaught exception, but not the loss of another session's events. */
function isolate(deliver: () => void): void {
  try {
    deliver();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function checkOptions(options: NativeMediaEngineOptions): void {
  invariant(isIP(options.host) !== 0, 'the media host is an IP address');
  const { portFirst, portLast, threads } = options;
  invariant(isPort(portFirst) && isPort(portLast), 'RTP ports are between 1 and 65535');
  invariant(portFirst < portLast, 'the RTP port range holds an even port and the odd one above it');
  invariant(Number.isInteger(threads) && threads >= 1 && threads <= 64, 'media threads: 1 to 64');
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}
