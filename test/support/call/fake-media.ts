import type { BackgroundSound } from '../../../src/audio/background-sound.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import {
  type AgentAudience,
  type MediaDetection,
  type MediaEngine,
  type MediaEngineStats,
  type MediaEvent,
  type MediaListener,
  type MediaSession,
  type MediaSessionOptions,
  type MediaSessionStats,
  PACKET_DROP_REASONS,
  type PacketDropReason,
  type RtpRemote,
  type SendDigitsOptions,
} from '../../../src/media/media-engine.ts';
import { FakeRecording } from './fake-recording.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A media engine without sockets: what is written is played at once, what the caller says is up to the test. */
export class FakeMediaEngine implements MediaEngine {
  readonly sessions: FakeMediaSession[] = [];
  readonly #clock: VirtualClock;
  portsFree: number;

  constructor(clock: VirtualClock, portsFree = 1_000) {
    this.#clock = clock;
    this.portsFree = portsFree;
  }

  get sessionsOpen(): number {
    return this.sessions.filter((session) => !session.isClosed).length;
  }

  openSession(_options: MediaSessionOptions, listener: MediaListener): FakeMediaSession {
    if (this.portsFree === 0) throw new TrunklineError('media-ports-exhausted', 'no port left');
    this.portsFree -= 1;
    const localPort = 20_000 + 2 * this.sessions.length;
    const session = new FakeMediaSession(localPort, listener, this.#clock, () => {
      this.portsFree += 1;
    });
    this.sessions.push(session);
    return session;
  }

  stats(): MediaEngineStats {
    return {
      sessionsOpen: this.sessionsOpen,
      portsFree: this.portsFree,
      portsDraining: 0,
      sessionsTotal: this.sessions.length,
      packetsDropped: 0,
      packetsDroppedBy: NO_DROPS,
      pacingP99Ms: 0,
      pacingMaxMs: 0,
    };
  }

  close(): Promise<void> {
    for (const session of this.sessions) session.close();
    return Promise.resolve();
  }
}

const NO_DROPS = Object.fromEntries(PACKET_DROP_REASONS.map((reason) => [reason, 0])) as Record<
  PacketDropReason,
  number
>;

const NO_STATS: MediaSessionStats = {
  packetsReceived: 0,
  packetsSent: 0,
  packetsLost: 0,
  packetsLate: 0,
  packetsDiscarded: 0,
  concealedMs: 0,
  jitterMs: 0,
};

export class FakeMediaSession implements MediaSession {
  readonly localPort: number;
  readonly remotes: RtpRemote[] = [];
  /** Samples written, by playout. */
  readonly played = new Map<number, number>();
  bridgedWith: { readonly other: MediaSession; readonly agentHeardBy: AgentAudience } | undefined;
  /** As they were asked for: the way, then the keys. */
  readonly digits: string[] = [];
  detection: MediaDetection = { inbandDtmf: false, tones: false };
  isClosed = false;
  isPaused = false;
  isMuted = false;
  background: BackgroundSound | undefined;
  closings = 0;
  #recording: FakeRecording | undefined;
  readonly #listener: MediaListener;
  readonly #clock: VirtualClock;
  readonly #onClosed: () => void;

  constructor(
    localPort: number,
    listener: MediaListener,
    clock: VirtualClock,
    onClosed: () => void,
  ) {
    this.localPort = localPort;
    this.#listener = listener;
    this.#clock = clock;
    this.#onClosed = onClosed;
  }

  connect(remote: RtpRemote): void {
    this.remotes.push(remote);
  }

  bridge(other: MediaSession, agentHeardBy: AgentAudience): void {
    this.bridgedWith = { other, agentHeardBy };
  }

  unbridge(): void {
    this.bridgedWith = undefined;
  }

  write(playoutId: number, samples: Int16Array): void {
    const before = this.played.get(playoutId);
    this.played.set(playoutId, (before ?? 0) + samples.length);
    if (before === undefined) {
      this.tell({ type: 'playout-started', atMs: this.#clock.now(), playoutId });
    }
  }

  mark(playoutId: number, markId: number): void {
    this.tell({ type: 'mark-reached', atMs: this.#clock.now(), playoutId, markId });
  }

  finish(playoutId: number): void {
    const playedMs = (this.played.get(playoutId) ?? 0) / 8;
    const atMs = this.#clock.now();
    this.tell({ type: 'playout-ended', atMs, playoutId, reason: 'completed', playedMs });
  }

  flush(): void {
    this.isPaused = false;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  startRecording(path: string): void {
    this.#recording = new FakeRecording(path);
    if (this.#recording.errno !== 0) this.stopRecording();
  }

  pauseRecording(isPaused: boolean): void {
    if (this.#recording !== undefined) this.#recording.isPaused = isPaused;
  }

  /** As in the engine, the end is told later. */
  stopRecording(): void {
    const { errno = 0 } = this.#recording ?? {};
    this.#endRecording(errno === 0 ? 'stopped' : 'not-opened', errno);
  }

  /** The disk refuses what comes next. */
  breakRecording(errno: number): void {
    this.#endRecording('write-failed', errno);
  }

  #endRecording(reason: 'stopped' | 'not-opened' | 'write-failed', errno: number): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    this.#recording = undefined;
    const durationMs = recording.save();
    const atMs = this.#clock.now();
    queueMicrotask(() =>
      this.#listener.onEvent({
        type: 'recording-ended',
        atMs,
        reason,
        errno,
        durationMs,
        lostMs: 0,
      }),
    );
  }

  release(): void {}
  setVad(): void {}

  setBackground(background: BackgroundSound | undefined): void {
    this.background = background;
  }

  setDuckOnSpeech(): void {}

  setMuted(muted: boolean): void {
    this.isMuted = muted;
  }

  sendDigits(digits: string, { mode }: SendDigitsOptions): void {
    this.digits.push(`${mode} ${digits}`);
    this.tell({ type: 'digits-sent', atMs: this.#clock.now(), count: digits.length });
  }

  setDetection(detection: MediaDetection): void {
    this.detection = detection;
  }

  close(): void {
    this.closings += 1;
    if (this.isClosed) return;
    this.isClosed = true;
    this.#onClosed();
    this.stopRecording();
    this.#listener.onEvent({ type: 'closed', atMs: this.#clock.now(), stats: NO_STATS });
  }

  tell(event: MediaEvent): void {
    if (!this.isClosed) this.#listener.onEvent(event);
  }

  /** A key of the caller, pressed until now. */
  press(digit: string, source: 'rfc4733' | 'inband' = 'rfc4733'): void {
    const atMs = this.#clock.now();
    this.tell({ type: 'dtmf', atMs, digit, durationMs: 80, onsetMs: atMs, source });
  }

  /** One 20 ms slot of both directions. */
  hear(received: Int16Array, sent: Int16Array): void {
    if (this.isClosed) return;
    this.#recording?.append(received, sent);
    this.#listener.onAudio({ atMs: this.#clock.now(), sampleRateHz: 8000, received, sent });
  }
}
