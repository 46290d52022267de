import type { TrunklineError } from '../core/errors.ts';
import type {
  AgentAudience,
  MediaDetection,
  MediaEvent,
  RtpRemote,
  SessionRateHz,
} from '../media/media-engine.ts';
import type { MediaInput, TurnInput, TurnOutput } from '../voice/turn-io.ts';
import type { CallEvent } from './call-event.ts';
import type { TransferRequest } from './transfer-request.ts';
import type { TurnReport } from './turn-report.ts';

/** What a call is told. Anything may come in any order and at any time, also after the end. */
export type CallInput =
  | SignalingInput
  | TransferInput
  | MediaPortInput
  | RecordingInput
  /** Answers of the providers, as the turn engine wants them. */
  | { readonly type: 'voice'; readonly input: VoiceInput }
  /** The API, or for the reason given the system: ends the call in whatever state it is. */
  | { readonly type: 'stop'; readonly detail?: string }
  /** The API: ends the call unless it is answered. */
  | { readonly type: 'cancel' }
  /** The API, on an answered call. */
  | { readonly type: 'hold' }
  | { readonly type: 'resume' }
  | { readonly type: 'press'; readonly digits: string }
  | { readonly type: 'shutdown' }
  /** The driver caught an exception of this call. The turn engine is not asked again. */
  | { readonly type: 'internal-error'; readonly detail: string };

type SignalingInput =
  /** A 1xx of an outgoing call; with where its early media comes from, when there is some. */
  | {
      readonly type: 'provisional';
      readonly sipStatus: number;
      readonly remote?: RtpRemote | undefined;
    }
  /** One of the ways of an outgoing call failed. */
  | {
      readonly type: 'attempt';
      /** Of the gateway. */
      readonly targetId: string;
      readonly carrier?: string;
      /** Its host. */
      readonly gateway?: string;
      readonly sipStatus: number;
      readonly sipReason: string;
      readonly elapsedMs: number;
    }
  /** The dialog is up, either way. `remote` is undefined when its SDP offers nothing that we speak. */
  | {
      readonly type: 'answered';
      readonly sipCallId: string;
      readonly remote: RtpRemote | undefined;
      /** Outbound: whose gateway took it. */
      readonly carrier?: string;
      /** The far end takes no audio for now. */
      readonly isHeld?: boolean;
    }
  /** Our 200 is acknowledged. */
  | { readonly type: 'acknowledged' }
  /** A re-INVITE moved the peer's audio, changed its codec, or held or resumed it. */
  | {
      readonly type: 'moved';
      readonly remote: RtpRemote | undefined;
      readonly isHeld?: boolean;
    }
  /** Our re-INVITE was answered: we hold, or do not any more. */
  | { readonly type: 'reoffered'; readonly isHeld: boolean }
  | { readonly type: 'reoffer-failed'; readonly sipStatus: number; readonly sipReason: string }
  /** A key by INFO. */
  | { readonly type: 'digit'; readonly digit: string }
  | {
      readonly type: 'peer-replaced';
      readonly by: 'replaces' | 'refer';
      readonly sipCallId: string;
      readonly remote: RtpRemote | undefined;
    }
  /** Final failure of an outgoing call, as it came. */
  | { readonly type: 'failed'; readonly sipStatus: number; readonly sipReason: string }
  /** Our 200 led to no dialog: the caller was gone. */
  | { readonly type: 'answer-failed'; readonly detail: string }
  | { readonly type: 'caller-cancelled'; readonly detail?: string }
  | { readonly type: 'peer-ended'; readonly by: 'peer' | 'system'; readonly detail: string }
  /** Our BYE was answered or given up. */
  | { readonly type: 'hung-up' };

type TransferInput =
  | { readonly type: 'transfer'; readonly request: TransferRequest }
  /** 202, then what the NOTIFYs say. */
  | { readonly type: 'refer-progress'; readonly sipStatus: number; readonly sipReason: string }
  | { readonly type: 'refer-ended'; readonly sipStatus: number; readonly sipReason: string }
  | {
      readonly type: 'second-leg';
      /** `told`: it has heard what it was to be told. */
      readonly state: 'ringing' | 'answered' | 'told' | 'failed' | 'ended';
      readonly sipStatus: number;
      readonly sipReason: string;
    };

type MediaPortInput =
  /** `remote`: known already, from the caller's offer. */
  | { readonly type: 'media-opened'; readonly remote?: RtpRemote | undefined }
  /** No session could be opened. */
  | { readonly type: 'media-unavailable'; readonly error: TrunklineError }
  /** The session is open, the caller's offer is of no use. */
  | { readonly type: 'offer-refused'; readonly error: TrunklineError }
  | { readonly type: 'media'; readonly event: MediaEvent };

type RecordingInput =
  /** The recording stopped by itself; the call goes on. */
  | { readonly type: 'recording-failed'; readonly error: TrunklineError }
  /** It is on disk, and about to be put into its final form at `path`. */
  | { readonly type: 'recording-written'; readonly path: string; readonly durationMs: number }
  /** There is nothing more to wait for. */
  | { readonly type: 'recording-closed' };

export type VoiceInput = Exclude<TurnInput, MediaInput | { type: 'start' | 'stop' }>;

/** What a call wants done. */
export type CallOutput =
  | SignalingCommand
  | TransferCommand
  | MediaCommand
  | VoiceCommand
  | { readonly type: 'event'; readonly event: CallEvent }
  /** Nothing is held any more. */
  | { readonly type: 'finished' };

export type SignalingCommand =
  | { readonly type: 'ring' }
  /** 183 with our answer. */
  | { readonly type: 'progress' }
  | { readonly type: 'answer' }
  | { readonly type: 'dial' }
  | { readonly type: 'reject'; readonly sipStatus: number }
  | { readonly type: 'cancel' }
  /** `reason`: value of the Reason header (RFC 3326). */
  | { readonly type: 'hangup'; readonly reason?: string }
  /** Our re-INVITE. */
  | { readonly type: 'reoffer'; readonly isHeld: boolean }
  | { readonly type: 'send-digits'; readonly digits: string };

export type TransferCommand =
  | { readonly type: 'refer'; readonly to: string }
  /** To the second leg, whose place the peer is to take. */
  | { readonly type: 'refer-second-leg' }
  | { readonly type: 'second-leg-dial'; readonly to: string }
  | { readonly type: 'second-leg-hangup'; readonly reason: string }
  | { readonly type: 'second-leg-tell'; readonly text: string }
  /** To the peer, in the agent's voice. */
  | { readonly type: 'announce'; readonly text: string }
  /** Each leg hears the other. */
  | { readonly type: 'bridge'; readonly agentHeardBy: AgentAudience }
  | { readonly type: 'unbridge' };

export type MediaCommand =
  | { readonly type: 'media-open' }
  | { readonly type: 'media-connect'; readonly remote: RtpRemote }
  /** While deaf, the recogniser hears silence. */
  | { readonly type: 'media-deafen'; readonly isDeaf: boolean }
  /** Nothing but silence is sent. */
  | { readonly type: 'media-mute'; readonly isMuted: boolean }
  | { readonly type: 'media-detect'; readonly detection: MediaDetection }
  | { readonly type: 'media-close' }
  | { readonly type: 'recording-start' }
  | { readonly type: 'recording-stop' };

export type VoiceCommand =
  /** The rate of the media session, so of what the recogniser hears. */
  | { readonly type: 'stt-open'; readonly sampleRateHz: SessionRateHz }
  /** Closes the STT stream and aborts every request. */
  | { readonly type: 'providers-close' }
  | Exclude<TurnOutput, TurnReport | { type: 'hang-up' }>;
