import { isIP } from 'node:net';

import { BACKGROUND_LEVELS_DBFS, type BackgroundSound } from '../audio/background-sound.ts';
import { invariant } from '../core/invariant.ts';
import {
  type AgentAudience,
  type ListeningOptions,
  type MediaDetection,
  type MediaSession,
  type RtpRemote,
  type SendDigitsOptions,
  SRTP_KEY_BYTES,
  type SrtpAgreement,
} from '../media/media-engine.ts';
import type { NativeEngine } from './native-addon.ts';
import { nativeListening } from './native-listening.ts';

const LARGEST_ID = 0xffff_ffff;
/** PATH_MAX. */
const LONGEST_PATH_BYTES = 4_096;

interface OpenedSession {
  readonly id: number;
  readonly localPort: number;
  /** One was begun. */
  readonly onRecording: () => void;
}

/** A session by its id in the native engine, which ignores an id that is not open any more. */
export class NativeMediaSession implements MediaSession {
  readonly localPort: number;
  readonly #native: NativeEngine;
  readonly #id: number;
  readonly #onRecording: () => void;

  constructor(native: NativeEngine, { id, localPort, onRecording }: OpenedSession) {
    this.#native = native;
    this.#id = id;
    this.#onRecording = onRecording;
    this.localPort = localPort;
  }

  static idOf(session: MediaSession): number {
    invariant(session instanceof NativeMediaSession, 'the sessions are of one engine');
    return session.#id;
  }

  connect(remote: RtpRemote): void {
    checkRemote(remote);
    const isBuiltIn = this.#native.connect(this.#id, remote);
    invariant(isBuiltIn !== false, `the media engine speaks ${remote.codec}`);
  }

  write(playoutId: number, samples: Int16Array, sampleRateHz: number): void {
    checkId(playoutId);
    invariant(
      Number.isInteger(sampleRateHz) && sampleRateHz >= 8_000 && sampleRateHz <= 48_000,
      'audio is written at 8,000 to 48,000 Hz',
    );
    this.#native.write(this.#id, playoutId, samples, sampleRateHz);
  }

  mark(playoutId: number, markId: number): void {
    checkId(playoutId);
    invariant(Number.isInteger(markId) && markId >= 0 && markId <= LARGEST_ID, 'a mark has an id');
    this.#native.mark(this.#id, playoutId, markId);
  }

  finish(playoutId: number): void {
    checkId(playoutId);
    this.#native.finish(this.#id, playoutId);
  }

  flush(): void {
    this.#native.flush(this.#id);
  }

  pause(): void {
    this.#native.pause(this.#id);
  }

  resume(): void {
    this.#native.resume(this.#id);
  }

  release(): void {
    this.#native.release(this.#id);
  }

  bridge(other: MediaSession, agentHeardBy: AgentAudience): void {
    const isBridged = this.#native.bridge(this.#id, NativeMediaSession.idOf(other), agentHeardBy);
    invariant(isBridged !== false, 'sessions are bridged that are connected and beside each other');
  }

  unbridge(): void {
    this.#native.unbridge(this.#id);
  }

  setBackground(background: BackgroundSound | undefined): void {
    if (background === undefined) {
      this.#native.setBackground(this.#id, {});
      return;
    }
    const { sound, level } = background;
    this.#native.setBackground(this.#id, { sound, levelDbfs: BACKGROUND_LEVELS_DBFS[level] });
  }

  setVad(options: ListeningOptions): void {
    this.#native.setVad(this.#id, nativeListening(options));
  }

  setDuckOnSpeech(enabled: boolean): void {
    this.#native.setDuckOnSpeech(this.#id, enabled);
  }

  setMuted(muted: boolean): void {
    this.#native.setMuted(this.#id, muted);
  }

  startRecording(path: string): void {
    invariant(path.length > 0 && Buffer.byteLength(path) < LONGEST_PATH_BYTES, 'a path');
    if (this.#native.startRecording(this.#id, path) === true) this.#onRecording();
  }

  pauseRecording(isPaused: boolean): void {
    this.#native.pauseRecording(this.#id, isPaused);
  }

  stopRecording(): void {
    this.#native.stopRecording(this.#id);
  }

  sendDigits(digits: string, options: SendDigitsOptions): void {
    invariant(/^[0-9*#A-D]*$/.test(digits), 'keys are 0-9, *, # and A-D');
    invariant(
      isBetween(options.durationMs, 10, 60_000) && isBetween(options.gapMs, 10, 60_000),
      'a key and the pause behind it last 10 ms to a minute',
    );
    this.#native.sendDigits(this.#id, digits, options);
  }

  setDetection(detection: MediaDetection): void {
    this.#native.setDetection(this.#id, detection);
  }

  close(): void {
    this.#native.closeSession(this.#id);
  }
}

function checkId(playoutId: number): void {
  invariant(
    Number.isInteger(playoutId) && playoutId >= 1 && playoutId <= LARGEST_ID,
    'a playout id is a positive integer',
  );
}

function checkRemote(remote: RtpRemote): void {
  invariant(isIP(remote.address) !== 0, 'the address of the peer is an IP address');
  invariant(isBetween(remote.port, 1, 65_535), 'the port of the peer is between 1 and 65535');
  invariant(
    isBetween(remote.ptimeMs, 10, 60) && remote.ptimeMs % 10 === 0,
    'a packet has 10 to 60 ms, a multiple of 10',
  );
  const payloadTypes = [
    remote.payloadType,
    remote.telephoneEventPayloadType,
    remote.comfortNoisePayloadType,
    remote.offeredPayloadType,
    remote.offeredTelephoneEventPayloadType,
  ];
  invariant(
    payloadTypes.every((payloadType = 0) => isBetween(payloadType, 0, 127)),
    'an RTP payload type is between 0 and 127',
  );
  if (remote.srtp !== undefined) checkSrtp(remote.srtp);
}

/** A key that does not fit would otherwise show only as silence. */
function checkSrtp(srtp: SrtpAgreement): void {
  const bytes = SRTP_KEY_BYTES[srtp.suite];
  invariant(
    srtp.sendKey.length === bytes && srtp.receiveKey.length === bytes,
    `keys of ${srtp.suite} have ${bytes} bytes`,
  );
}

function isBetween(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
