import type { BackgroundSound } from '../audio/background-sound.ts';
import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { CallInput, MediaCommand, VoiceCommand } from '../call/call-io.ts';
import { TrunklineError } from '../core/errors.ts';
import {
  type AgentAudience,
  DEFAULT_SEND_DIGITS,
  type MediaAudio,
  type MediaEngine,
  type MediaEvent,
  type MediaListener,
  type MediaSession,
  type MediaSessionOptions,
  type SendDigitsOptions,
} from '../media/media-engine.ts';
import type { CallVoice } from './call-voice.ts';
import { PlayoutIds } from './playout-ids.ts';
import { conversionFailure, failureOf, type RecordingEnded } from './recording-failure.ts';
import type { CallRecording } from './recordings.ts';
import type { SecondLeg } from './second-leg.ts';

/** The most that is received at once. */
const SILENCE = new Int16Array(640);

type PlayoutCommand = Exclude<
  VoiceCommand,
  { type: 'stt-open' | 'providers-close' | 'llm-start' | 'llm-cancel' | 'tts-start' | 'tts-cancel' }
>;

export interface CallAudioOptions {
  readonly media: MediaEngine;
  readonly session: MediaSessionOptions;
  /** Behind the agent, while the caller has nobody else to talk to. */
  readonly background: BackgroundSound | undefined;
  readonly voice: CallVoice;
  readonly recording: CallRecording;
  readonly tell: (input: CallInput) => void;
  /** An exception on the frame path: it must not reach the other calls of the tick. */
  readonly onFault: (error: unknown) => void;
}

/** The media session of one call and the ways of its audio: to the recogniser, to a second leg. Recordings are the engine's. */
export class CallAudio implements MediaListener {
  readonly #options: CallAudioOptions;
  #session: MediaSession | undefined;
  readonly #playoutIds = new PlayoutIds();
  #isDeaf = false;
  #bridged: SecondLeg | undefined;

  constructor(options: CallAudioOptions) {
    this.#options = options;
  }

  /** Returns the local RTP port, or why there is none. */
  open(): number | TrunklineError {
    try {
      this.#session = this.#options.media.openSession(this.#options.session, this);
      this.#session.setBackground(this.#options.background);
      return this.#session.localPort;
    } catch (error) {
      if (error instanceof TrunklineError) return error;
      throw error;
    }
  }

  onAudio(audio: MediaAudio): void {
    try {
      if (audio.received.length === 0) return;
      const heard = this.#isDeaf ? SILENCE.subarray(0, audio.received.length) : audio.received;
      this.#options.voice.write(heard);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  /** For a session that will be bridged with this one. */
  get session(): MediaSession | undefined {
    return this.#session;
  }

  /** Connects both voices until {@link unbridge}. */
  bridge(secondLeg: SecondLeg, agentHeardBy: AgentAudience): void {
    if (this.#session === undefined) return;
    this.#bridged = secondLeg;
    this.#session.setBackground(undefined);
    secondLeg.bridge(this.#session, agentHeardBy);
  }

  unbridge(): void {
    if (this.#bridged) this.#session?.setBackground(this.#options.background);
    this.#bridged?.unbridge();
    this.#bridged = undefined;
  }

  onEvent(raw: MediaEvent): void {
    if (raw.type === 'recording-ended') {
      void this.#finishRecording(raw);
      return;
    }
    const event = this.#playoutIds.toTurn(raw);
    if (event === undefined) return;
    try {
      this.#options.voice.hint(event);
    } catch (error) {
      this.#options.onFault(error);
    }
    this.#options.tell({ type: 'media', event });
  }

  handleCommand(command: Exclude<MediaCommand, { type: 'media-open' }>): void {
    switch (command.type) {
      case 'media-connect':
        this.#session?.connect(command.remote);
        break;
      case 'media-deafen':
        this.#isDeaf = command.isDeaf;
        break;
      case 'media-mute':
        this.#session?.setMuted(command.isMuted);
        break;
      case 'media-detect':
        this.#session?.setDetection(command.detection);
        break;
      case 'media-close':
        this.unbridge();
        this.#session?.close();
        break;
      case 'recording-start':
        this.#session?.startRecording(this.#options.recording.partPath);
        break;
      default:
        this.#session?.stopRecording();
    }
  }

  handlePlayout(command: PlayoutCommand): void {
    const session = this.#session;
    if (!session) return;
    if ('playoutId' in command) {
      this.#play(session, command);
      return;
    }
    switch (command.type) {
      case 'playout-flush':
        session.flush();
        break;
      case 'playout-pause':
        session.pause();
        break;
      case 'playout-resume':
        session.resume();
        break;
      case 'playout-release':
        session.release();
        break;
      default:
        session.setDuckOnSpeech(command.enabled);
    }
  }

  /** For what is no turn of the agent, after what is being said. */
  openPlayout(): { write(audio: PcmFrame): void; finish(): void } {
    const playoutId = this.#playoutIds.take();
    return {
      write: ({ samples, sampleRateHz }) => this.#session?.write(playoutId, samples, sampleRateHz),
      finish: () => this.#session?.finish(playoutId),
    };
  }

  /** At once: what is being said waits for them. */
  sendDigits(digits: string, mode: SendDigitsOptions['mode']): void {
    this.#session?.sendDigits(digits, { ...DEFAULT_SEND_DIGITS, mode });
  }

  #play(session: MediaSession, command: Extract<PlayoutCommand, { playoutId: number }>): void {
    const playoutId = this.#playoutIds.of(command.playoutId);
    if (playoutId === undefined) return;
    switch (command.type) {
      case 'playout-write':
        session.write(playoutId, command.audio.samples, command.audio.sampleRateHz);
        break;
      case 'playout-mark':
        session.mark(playoutId, command.markId);
        break;
      default:
        session.finish(playoutId);
    }
  }

  /** The engine has closed the file. */
  async #finishRecording(ended: RecordingEnded): Promise<void> {
    const { tell } = this.#options;
    const error = failureOf(ended);
    if (error !== undefined) tell({ type: 'recording-failed', error });
    if (ended.reason !== 'not-opened') await this.#finishFile(ended.durationMs);
    tell({ type: 'recording-closed' });
  }

  async #finishFile(durationMs: number): Promise<void> {
    const { recording, tell } = this.#options;
    if (durationMs > 0) tell({ type: 'recording-written', path: recording.path, durationMs });
    try {
      await recording.finish(durationMs);
    } catch (cause) {
      tell({ type: 'recording-failed', error: conversionFailure(cause) });
    }
  }
}
