import type { BackgroundSound } from '../audio/background-sound.ts';
import type { MonotonicMs } from '../core/time.ts';

/**
 * The media port: what a call may ask of the engine that holds its audio, and what it hears back.
 * The native engine (`io/native-media-engine.ts`) implements it; scenario tests have one in virtual time.
 *
 * All stamps are {@link MonotonicMs} of CLOCK_MONOTONIC, taken by the media threads: the one truth for
 * latency and for what was heard. Commands never block and never throw once a session is open; a command to a
 * closed session is ignored (the close and the command crossed each other).
 */
export interface MediaEngine {
  /**
   * Takes an RTP port (and the RTCP port above it) and begins to receive. Nothing is sent before {@link MediaSession.connect}.
   * @throws TrunklineError `media-ports-exhausted`
   */
  openSession(options: MediaSessionOptions, listener: MediaListener): MediaSession;
  stats(): MediaEngineStats;
  /** Ends every session and joins the media threads. */
  close(): Promise<void>;
}

export interface MediaSessionOptions extends ListeningOptions {
  /** No RTP for this long, counted from {@link MediaSession.connect}, is reported as `rtp-timeout`. 0 = never. */
  readonly rtpTimeoutMs: number;
  /** A session that this one may be bridged with: both are served by one media thread, in one slot. */
  readonly beside?: MediaSession;
}

/** What counts as speech, and the reflex: what the engine does to the agent at its onset, before anybody decides. */
export interface ListeningOptions {
  /** Attenuation of the playout in the reflex on speech onset, in dB (negative). 0 = no reflex. */
  readonly duckDb: number;
  readonly vad: VadOptions;
  /** When the reflex acts; left out, with `speech-started`. */
  readonly reflex?: ReflexOptions;
}

export interface ReflexOptions {
  /** Speech probability of a frame. Below `vad.onThreshold` the reflex may act on what turns out to be no speech, and takes it back after 100 ms. */
  readonly threshold: number;
  /** Such frames in a row. */
  readonly frames: number;
}

/** Whose peer hears what a bridged session plays: its own, that of the other session, both (a conference of three), nobody's. */
export type AgentAudience = 'own' | 'other' | 'both' | 'nobody';

/** Hysteresis on Silero's probability, a value per 32 ms frame. */
export interface VadOptions {
  /** A frame at or above it is speech while silent. */
  readonly onThreshold: number;
  /** A frame below it is silence while speaking. */
  readonly offThreshold: number;
  /** Speech frames in a row before `speech-confirmed`; `speech-started` comes with the first. */
  readonly confirmFrames: number;
  /** Silent frames in a row before `speech-ended`. */
  readonly endFrames: number;
}

export const DEFAULT_VAD: VadOptions = Object.freeze({
  onThreshold: 0.5,
  offThreshold: 0.35,
  confirmFrames: 2,
  endFrames: 3,
});

/** Names of IANA's registry of RTP payload formats. */
export type RtpCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus' | 'L16';

/** The rates at which the engine works inside: that of the codec agreed first is the session's for good. */
export type SessionRateHz = 8000 | 16_000;

export interface RtpRemote {
  readonly address: string;
  readonly port: number;
  readonly codec: RtpCodec;
  /** Of the codec's audio, not of its RTP clock: G.722 and Opus have 16 kHz here. */
  readonly sampleRateHz: SessionRateHz;
  readonly payloadType: number;
  /** RFC 4733 payload type, when the peer offered it. */
  readonly telephoneEventPayloadType?: number;
  /** By which their durations count. Left out: the codec's RTP clock. */
  readonly telephoneEventClockRateHz?: number;
  /** RFC 3389 payload type, when the peer named it. */
  readonly comfortNoisePayloadType?: number;
  /** Those of our offer, where the answer has others: the peer may send under either (RFC 3264 section 6.1). */
  readonly offeredPayloadType?: number;
  readonly offeredTelephoneEventPayloadType?: number;
  /** RTCP shares the RTP port (RFC 5761). */
  readonly rtcpMux: boolean;
  /** Packet length sent: 10 to 60, a multiple of 10. */
  readonly ptimeMs: number;
  /** Only the signalled address and port are ever heard. Left out: the first to prove that it is the peer (RFC 4961). */
  readonly strictAddress?: boolean;
  /** Left out: plain RTP. Agreed: plain RTP is refused. */
  readonly srtp?: SrtpAgreement;
}

/** Names of a=crypto (RFC 4568, RFC 7714). */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** What both sides named as `inline:`, decoded: master key, then master salt. */
export interface SrtpAgreement {
  readonly suite: SrtpSuite;
  /** Ours: what we send is protected with it. */
  readonly sendKey: Uint8Array;
  /** The peer's. */
  readonly receiveKey: Uint8Array;
}

/** Bytes of master key and salt together. */
export const SRTP_KEY_BYTES: Readonly<Record<SrtpSuite, number>> = Object.freeze({
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
});

export interface SendDigitsOptions {
  /** `rfc4733`: as telephone events, where the peer takes them; else as tones. */
  readonly mode: 'rfc4733' | 'inband';
  /** 40 ms at least (ITU-T Q.24), as of the silence behind each. */
  readonly durationMs: number;
  readonly gapMs: number;
}

/** What diallers send. */
export const DEFAULT_SEND_DIGITS = Object.freeze({ durationMs: 100, gapMs: 80 });

export interface MediaDetection {
  /** Keys as tones in the audio (`dtmf` events). */
  readonly inbandDtmf: boolean;
  /** Tones of networks and machines (`tone` events). */
  readonly tones: boolean;
}

/**
 * ITU-T E.180 and T.30. `ringback` comes with each ring, `busy` and `congestion` once until something else is heard; `beep` is that of a
 * voicemail: one steady tone after speech, with silence behind it.
 */
export type ToneKind =
  | 'dial'
  | 'ringback'
  | 'busy'
  | 'congestion'
  | 'special-information'
  | 'beep'
  | 'fax-calling'
  | 'fax-answer';

/**
 * A playout is one stream of agent speech (a turn's reply): audio is appended, marks divide it, it is finished or
 * flushed as a whole. Ids are positive integers chosen by the caller, rising. Playouts are heard in the order they were begun.
 */
export interface MediaSession {
  readonly localPort: number;
  /** Starts sending (one packet every ptime until close) to `remote`, or moves to it (re-INVITE). Answers go to where audio comes from. */
  connect(remote: RtpRemote): void;
  /** Appends audio at any rate (8,000 to 48,000 Hz) to playout `playoutId`. The samples are copied before it returns. */
  write(playoutId: number, samples: Int16Array, sampleRateHz: number): void;
  /** Reports `mark-reached` when everything written to the playout so far has been sent. */
  mark(playoutId: number, markId: number): void;
  /** No more audio will come for it: `playout-ended` (completed) follows when the last sample was sent. */
  finish(playoutId: number): void;
  /** Drops every queued playout with a short fade; each reports `playout-ended` (flushed). Also leaves pause and duck. */
  flush(): void;
  /** Silence at once (short fade), the queue is kept. */
  pause(): void;
  /** Goes on from where {@link pause} stopped, at full level. */
  resume(): void;
  /** Ends the reflex: back to full level with a ramp. */
  release(): void;
  /**
   * Joins this session with `other`, which was opened beside it: each peer hears the other one. What this session plays is heard by
   * `agentHeardBy`, what `other` plays by its own peer. Again with the same session: another audience. Ends an earlier bridge of either. Both are connected.
   */
  bridge(other: MediaSession, agentHeardBy: AgentAudience): void;
  /** Also when either session closes. */
  unbridge(): void;
  /** Background under the agent's speech from now on, faded in; `undefined`: none, faded out. Where the agent is heard, so is it. */
  setBackground(background: BackgroundSound | undefined): void;
  /** Other thresholds from now on, also within speech. */
  setVad(options: ListeningOptions): void;
  /** Sends nothing but silence (RFC 3264 section 8.4: the peer holds); what is played and bridged goes on behind it. */
  setMuted(muted: boolean): void;
  /** False switches the reflex off (greeting that may not be interrupted). */
  setDuckOnSpeech(enabled: boolean): void;
  /**
   * Writes both directions to a new file from the next slot on: a stereo WAV of the session's rate, the caller left, what is sent right.
   * One at a time. `recording-ended` follows once for each.
   */
  startRecording(path: string): void;
  /** What is said while it is paused is silence in the recording. */
  pauseRecording(isPaused: boolean): void;
  stopRecording(): void;
  /**
   * Sends keys (0-9, *, #, A-D; 128 may wait) one after the other, behind those of an earlier call. What the session says fades out for
   * them and goes on behind the last one: nothing of it is lost. `digits-sent` follows.
   */
  sendDigits(digits: string, options: SendDigitsOptions): void;
  /** What is listened for besides speech: nothing at first, and then it costs nothing. */
  setDetection(detection: MediaDetection): void;
  /** Frees the port. `closed` is the last event, but for `recording-ended` of a file that takes longer to write. */
  close(): void;
}

/** Why an event came late is never hidden: `atMs` is when the media thread saw or did it, not when it was delivered. */
export type MediaEvent =
  /** First packet of the peer: where audio comes from. */
  | {
      readonly type: 'rtp-started';
      readonly atMs: MonotonicMs;
      readonly address: string;
      readonly port: number;
    }
  | { readonly type: 'rtp-timeout'; readonly atMs: MonotonicMs; readonly silentMs: number }
  /** `onsetMs`: arrival of the packet in which the speech began (energy-refined within the frame). */
  | { readonly type: 'speech-started'; readonly atMs: MonotonicMs; readonly onsetMs: MonotonicMs }
  | { readonly type: 'speech-confirmed'; readonly atMs: MonotonicMs; readonly onsetMs: MonotonicMs }
  /** `endMs`: arrival of the last packet that carried speech (energy-refined), so earlier than `atMs` by the hysteresis. */
  | {
      readonly type: 'speech-ended';
      readonly atMs: MonotonicMs;
      readonly onsetMs: MonotonicMs;
      readonly endMs: MonotonicMs;
    }
  | {
      readonly type: 'dtmf';
      readonly atMs: MonotonicMs;
      readonly digit: string;
      readonly durationMs: number;
      /** When it was pressed; `atMs` is when it was known, at its end. */
      readonly onsetMs: MonotonicMs;
      readonly source: 'rfc4733' | 'inband';
    }
  /** All keys so far are out, with the pause behind the last. */
  | { readonly type: 'digits-sent'; readonly atMs: MonotonicMs; readonly count: number }
  /** Of a rhythm, onset and duration are those of its last tone. */
  | {
      readonly type: 'tone';
      readonly atMs: MonotonicMs;
      readonly kind: ToneKind;
      readonly onsetMs: MonotonicMs;
      readonly durationMs: number;
      /** The lower of two. */
      readonly frequencyHz: number;
    }
  /** The first packet with audio of this playout was handed to the kernel. */
  | { readonly type: 'playout-started'; readonly atMs: MonotonicMs; readonly playoutId: number }
  | {
      readonly type: 'mark-reached';
      readonly atMs: MonotonicMs;
      readonly playoutId: number;
      readonly markId: number;
    }
  /** `playedMs`: audio of this playout that was really sent, without pauses. */
  | {
      readonly type: 'playout-ended';
      readonly atMs: MonotonicMs;
      readonly playoutId: number;
      readonly reason: 'completed' | 'flushed';
      readonly playedMs: number;
    }
  /** The playout ran dry before it was finished; it goes on when audio comes. */
  | { readonly type: 'underrun'; readonly atMs: MonotonicMs; readonly playoutId: number }
  /** First packet sent attenuated by the reflex. */
  | { readonly type: 'ducked'; readonly atMs: MonotonicMs }
  /** First wholly silent packet after pause() or flush(). */
  | { readonly type: 'silenced'; readonly atMs: MonotonicMs }
  /** Of the last five seconds or so. */
  | { readonly type: 'quality'; readonly atMs: MonotonicMs; readonly quality: MediaQuality }
  /**
   * The file is complete and closed. What was recorded before a failure can be read. `lostMs`: silence in the recording, because the
   * disk was too slow.
   */
  | {
      readonly type: 'recording-ended';
      readonly atMs: MonotonicMs;
      readonly reason: 'stopped' | 'not-opened' | 'write-failed' | 'too-long';
      /** Of `not-opened` and `write-failed`; else 0. */
      readonly errno: number;
      readonly durationMs: number;
      readonly lostMs: number;
    }
  | { readonly type: 'closed'; readonly atMs: MonotonicMs; readonly stats: MediaSessionStats };

/**
 * What was sent in one 20 ms slot and what was received since the one before, at the rate of the session. Views into a shared ring: valid only during the callback, copy what is kept.
 * `received` is caller audio as soon as it is in order, decoded or concealed: 0 to 40 ms of it, or silence in real time while nothing comes; `sent` is exactly what was encoded into the packet of that slot.
 */
export interface MediaAudio {
  readonly atMs: MonotonicMs;
  readonly sampleRateHz: SessionRateHz;
  readonly received: Int16Array;
  readonly sent: Int16Array;
}

/** Called on the JavaScript thread, once per tick and session at most; all sessions of a tick share one wake-up. */
export interface MediaListener {
  onAudio(audio: MediaAudio): void;
  onEvent(event: MediaEvent): void;
}

/** How one direction sounds. */
export interface DirectionQuality {
  /** 0 to 100; what came too late is lost, too. */
  readonly lossPercent: number;
  readonly jitterMs: number;
  /** Mean opinion score, 1 to 4.5, by the E-model (ITU-T G.107). */
  readonly mos: number;
  /** Of the five seconds that were worst. */
  readonly lowestMos: number;
}

/** What is not known is left out. */
export interface MediaQuality {
  /** What we hear of the peer. */
  readonly received?: DirectionQuality;
  /** What the peer says in its RTCP of what it hears of us. */
  readonly sent?: DirectionQuality;
  readonly roundTripMs?: number;
}

export interface MediaSessionStats {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly packetsDiscarded: number;
  readonly concealedMs: number;
  readonly jitterMs: number;
  /** Of the whole call; left out when nothing was heard either way. */
  readonly quality?: MediaQuality;
}

/** Why a datagram went no further, in the order in which the native engine counts. */
export const PACKET_DROP_REASONS = [
  /** Not RTP or RTCP, or its lengths are wrong. */
  'malformed',
  /** Longer than any of ours. */
  'oversized',
  /** Before {@link MediaSession.connect}. */
  'early',
  /** Not from the peer. */
  'foreign',
  /** Not agreed. */
  'payload-type',
  /** SRTP: the tag is wrong, or there is none. */
  'bad-tag',
  /** SRTP: came before. */
  'replayed',
  /** More than twice real time. */
  'flood',
  /** A sequence number that came before. */
  'duplicate',
] as const;

export type PacketDropReason = (typeof PACKET_DROP_REASONS)[number];

export interface MediaEngineStats {
  readonly sessionsOpen: number;
  readonly portsFree: number;
  /** Of those, the ones that wait for the packets of ended calls to cease; they are taken last. */
  readonly portsDraining: number;
  readonly sessionsTotal: number;
  /** Of all sessions since the start. */
  readonly packetsDropped: number;
  readonly packetsDroppedBy: Readonly<Record<PacketDropReason, number>>;
  /** Worst and 99th-percentile lateness of departures against their 20 ms slot, in ms, since the last call. */
  readonly pacingP99Ms: number;
  readonly pacingMaxMs: number;
}
