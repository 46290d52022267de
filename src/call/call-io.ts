import type { TrunklineError } from '../core/errors.ts';
import type { MediaEvent, RtpRemote } from '../media/media-engine.ts';
import type { MediaInput, TurnInput, TurnOutput } from '../voice/turn-io.ts';
import type { CallEvent } from './call-event.ts';
import type { TurnReport } from './turn-report.ts';

/** What a call is told. Anything may come in any order and at any time, also after the end. */
export type CallInput =
  | SignalingInput
  | MediaPortInput
  | RecordingInput
  /** Answers of the providers, as the turn engine wants them. */
  | { readonly type: 'voice'; readonly input: VoiceInput }
  /** The API: ends the call in whatever state it is. */
  | { readonly type: 'stop' }
  /** The API: ends the call unless it is answered. */
  | { readonly type: 'cancel' }
  | { readonly type: 'shutdown' }
  /** The driver caught an exception of this call. The turn engine is not asked again. */
  | { readonly type: 'internal-error'; readonly detail: string };

type SignalingInput =
  /** A 1xx of an outgoing call. */
  | { readonly type: 'provisional'; readonly sipStatus: number }
  /** The dialog is up, either way. `remote` is undefined when its SDP offers nothing that we speak. */
  | {
      readonly type: 'answered';
      readonly sipCallId: string;
      readonly remote: RtpRemote | undefined;
    }
  /** A re-INVITE moved the peer's audio. */
  | { readonly type: 'moved'; readonly remote: RtpRemote }
  /** Final failure of an outgoing call, as it came. */
  | { readonly type: 'failed'; readonly sipStatus: number; readonly sipReason: string }
  /** Our 200 led to no dialog: the caller was gone. */
  | { readonly type: 'answer-failed'; readonly detail: string }
  | { readonly type: 'caller-cancelled' }
  | { readonly type: 'peer-ended'; readonly by: 'peer' | 'system'; readonly detail: string }
  /** Our BYE was answered or given up. */
  | { readonly type: 'hung-up' };

type MediaPortInput =
  | { readonly type: 'media-opened' }
  /** No session could be opened. */
  | { readonly type: 'media-unavailable'; readonly error: TrunklineError }
  /** The session is open, the caller's offer is of no use. */
  | { readonly type: 'offer-refused'; readonly error: TrunklineError }
  | { readonly type: 'media'; readonly event: MediaEvent };

type RecordingInput =
  /** The recording stopped by itself; the call goes on. */
  | { readonly type: 'recording-failed'; readonly error: TrunklineError }
  | { readonly type: 'recording-closed'; readonly path: string | undefined };

export type VoiceInput = Exclude<TurnInput, MediaInput | { type: 'start' | 'stop' }>;

/** What a call wants done. */
export type CallOutput =
  | SignalingCommand
  | MediaCommand
  | VoiceCommand
  | { readonly type: 'event'; readonly event: CallEvent }
  /** Nothing is held any more. */
  | { readonly type: 'finished' };

export type SignalingCommand =
  | { readonly type: 'ring' }
  | { readonly type: 'answer' }
  | { readonly type: 'dial' }
  | { readonly type: 'reject'; readonly sipStatus: number }
  | { readonly type: 'cancel' }
  | { readonly type: 'hangup' };

export type MediaCommand =
  | { readonly type: 'media-open' }
  | { readonly type: 'media-connect'; readonly remote: RtpRemote }
  | { readonly type: 'media-close' }
  | { readonly type: 'recording-start' }
  | { readonly type: 'recording-stop' };

export type VoiceCommand =
  | { readonly type: 'stt-open' }
  /** Closes the STT stream and aborts every request. */
  | { readonly type: 'providers-close' }
  | Exclude<TurnOutput, TurnReport | { type: 'hang-up' }>;
