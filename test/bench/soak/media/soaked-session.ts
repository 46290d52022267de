import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DEFAULT_VAD,
  type MediaEngine,
  type MediaEvent,
  type MediaListener,
  type MediaSession,
  type RtpRemote,
  SRTP_KEY_BYTES,
} from '../../../../src/media/media-engine.ts';
import type { PlannedAction, PlannedCodec, PlannedPlayout, SessionPlan } from './session-plan.ts';

export interface SoakSettings {
  readonly engine: MediaEngine;
  readonly recordingsDir: string;
  readonly peerPort: number;
  /** The port of a new session, before anything is sent from it. */
  readonly onOpened: (port: number) => void;
}

const TONE = Int16Array.from({ length: 48_000 }, (_, at) => 8_000 * Math.sin(at / 20));

/** One session of the soak, and its second leg if it has one, from open to the last event. */
export class SoakedSession {
  readonly #plan: SessionPlan;
  readonly #settings: SoakSettings;
  readonly #leg: Leg;
  readonly #secondLeg: Leg | undefined;
  readonly #recordings: string[] = [];
  readonly #name: string;

  constructor(plan: SessionPlan, number: number, settings: SoakSettings) {
    this.#plan = plan;
    this.#settings = settings;
    this.#name = `soak-${number}`;
    this.#leg = new Leg(settings);
    this.#secondLeg = plan.hasSecondLeg ? new Leg(settings, this.#leg.session) : undefined;
  }

  async run(): Promise<void> {
    const { codec, actions, durationMs } = this.#plan;
    if (codec !== undefined) {
      this.#leg.session.connect(this.#remote(codec));
      this.#secondLeg?.session.connect(
        this.#remote({ codec: 'PCMA', sampleRateHz: 8000, payloadType: 8 }),
      );
    }
    let nowMs = 0;
    for (const { atMs, action } of actions) {
      await delay(atMs - nowMs);
      nowMs = atMs;
      this.#act(action);
    }
    await delay(durationMs - nowMs);
    this.#leg.session.close();
    this.#secondLeg?.session.close();
    await this.#leg.over;
    await this.#secondLeg?.over;
    for (const path of this.#recordings) await rm(path, { force: true });
  }

  #act(action: PlannedAction): void {
    const { session } = this.#leg;
    switch (action.do) {
      case 'play':
        this.#leg.play(action.playout);
        break;
      case 'reinvite':
        if (this.#plan.codec !== undefined) session.connect(this.#remote(action.codec));
        break;
      case 'record':
        this.#record(
          join(this.#settings.recordingsDir, `${this.#name}-${this.#recordings.length}.wav`),
        );
        break;
      case 'record-nowhere':
        this.#record(join(this.#settings.recordingsDir, 'nowhere', 'a.wav'));
        break;
      case 'pause-recording':
        session.pauseRecording(true);
        break;
      case 'go-on-recording':
        session.pauseRecording(false);
        break;
      case 'stop-recording':
        session.stopRecording();
        break;
      case 'bridge':
        if (this.#plan.codec !== undefined && this.#secondLeg !== undefined) {
          session.bridge(this.#secondLeg.session, action.audience);
        }
        break;
      default:
        session[action.do]();
    }
  }

  #record(path: string): void {
    this.#recordings.push(path);
    this.#leg.record(path);
  }

  #remote(codec: PlannedCodec): RtpRemote {
    const { srtp: suite, ptimeMs } = this.#plan;
    const key = () =>
      new Uint8Array(randomBytes(SRTP_KEY_BYTES[suite ?? 'AES_CM_128_HMAC_SHA1_80']));
    return {
      address: '127.0.0.1',
      port: this.#settings.peerPort,
      ...codec,
      telephoneEventPayloadType: 101,
      rtcpMux: true,
      ptimeMs,
      ...(suite !== undefined && { srtp: { suite, sendKey: key(), receiveKey: key() } }),
    };
  }
}

class Leg implements MediaListener {
  readonly session: MediaSession;
  /** `closed` came, and the end of every recording. */
  readonly over: Promise<void>;
  #end: () => void = () => {};
  #isClosed = false;
  #recordings = 0;
  #lastPlayout = 0;

  constructor({ engine, onOpened }: SoakSettings, beside?: MediaSession) {
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.session = engine.openSession(
      { rtpTimeoutMs: 500, duckDb: -18, vad: DEFAULT_VAD, ...(beside && { beside }) },
      this,
    );
    onOpened(this.session.localPort);
  }

  play({ sampleRateHz, chunksMs, isFinished }: PlannedPlayout): void {
    this.#lastPlayout += 1;
    for (const chunkMs of chunksMs) {
      const length = Math.floor((chunkMs * sampleRateHz) / 1_000);
      this.session.write(this.#lastPlayout, TONE.subarray(0, length), sampleRateHz);
      this.session.mark(this.#lastPlayout, chunkMs);
    }
    if (isFinished) this.session.finish(this.#lastPlayout);
  }

  record(path: string): void {
    this.#recordings += 1;
    this.session.startRecording(path);
  }

  onAudio(): void {}

  onEvent({ type }: MediaEvent): void {
    if (type === 'closed') this.#isClosed = true;
    if (type === 'recording-ended') this.#recordings -= 1;
    if (this.#isClosed && this.#recordings === 0) this.#end();
  }
}
