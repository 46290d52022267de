import type { MonotonicMs } from '../core/time.ts';
import type { MediaQuality, ToneKind } from '../media/media-engine.ts';
import type { TurnTrace } from '../voice/turn-trace.ts';
import type { Termination } from './termination.ts';
import type { TransferMode } from './transfer-request.ts';

/**
 * What a call tells the rest of the product, in order: the store writes each to the outbox, webhooks and billing will read it
 * there. Events carry everything that must be kept; nothing else about a call is stored.
 */
export type CallEvent =
  | { readonly type: 'created'; readonly atMs: MonotonicMs }
  | { readonly type: 'dialing'; readonly atMs: MonotonicMs; readonly carrier: string }
  /** A gateway that the call was offered to and that did not take it, with its status as it came. */
  | {
      readonly type: 'attempt';
      readonly atMs: MonotonicMs;
      /** Of the gateway. */
      readonly targetId: string;
      readonly carrier?: string;
      /** Its host. */
      readonly gateway?: string;
      readonly sipStatus: number;
      readonly sipReason: string;
      readonly elapsedMs: number;
    }
  | { readonly type: 'ringing'; readonly atMs: MonotonicMs; readonly sipStatus: number }
  | {
      readonly type: 'answered';
      readonly atMs: MonotonicMs;
      readonly sipCallId: string;
      /** Outbound: the carrier that took it, in the end. */
      readonly carrier?: string;
    }
  /** One finished stretch of the conversation; agent text is what was heard. */
  | {
      readonly type: 'transcript';
      readonly atMs: MonotonicMs;
      readonly speaker: 'caller' | 'agent';
      readonly text: string;
      readonly interrupted: boolean;
    }
  | { readonly type: 'dtmf'; readonly atMs: MonotonicMs; readonly digit: string }
  /** A tone of the network or of a machine, on a call of ours. `atMs`: when it was known. */
  | {
      readonly type: 'tone';
      readonly atMs: MonotonicMs;
      readonly kind: ToneKind;
      readonly onsetMs: MonotonicMs;
      readonly durationMs: number;
      readonly frequencyHz: number;
    }
  /** `peer`: by its re-INVITE; `api`: by ours. Each side resumes what it held. */
  | { readonly type: 'held'; readonly atMs: MonotonicMs; readonly by: 'peer' | 'api' }
  | { readonly type: 'resumed'; readonly atMs: MonotonicMs; readonly by: 'peer' | 'api' }
  /** Our re-INVITE for a hold or a resume was refused: nothing changed. */
  | {
      readonly type: 'hold-refused';
      readonly atMs: MonotonicMs;
      readonly sipStatus: number;
      readonly sipReason: string;
    }
  /** A transfer of ours. `bridged` lasts until `ended`: then the agent goes on with the caller, or the call is over. */
  | {
      readonly type: 'transfer';
      readonly atMs: MonotonicMs;
      readonly to: string;
      readonly mode: TransferMode;
      readonly state:
        | 'started'
        | 'progress'
        | 'consulting'
        | 'bridged'
        | 'completed'
        | 'failed'
        | 'ended';
      readonly sipStatus?: number;
      readonly sipReason?: string;
    }
  /** Another far end took the place of the first: by Replaces, or because it was told to (REFER). */
  | {
      readonly type: 'peer-replaced';
      readonly atMs: MonotonicMs;
      readonly by: 'replaces' | 'refer';
      readonly sipCallId: string;
    }
  | { readonly type: 'turn'; readonly atMs: MonotonicMs; readonly trace: TurnTrace }
  | {
      readonly type: 'provider-error';
      readonly atMs: MonotonicMs;
      readonly provider: string;
      readonly code: string;
      readonly detail: string;
    }
  /** How the call sounded, once its audio has ended. */
  | { readonly type: 'quality'; readonly atMs: MonotonicMs; readonly quality: MediaQuality }
  | { readonly type: 'ended'; readonly atMs: MonotonicMs; readonly termination: Termination }
  /** The last event: everything is stored. */
  | ({
      readonly type: 'finished';
      readonly atMs: MonotonicMs;
      readonly durationMs: number;
    } & RecordingOutcome);

/** What became of the recording of a call; empty when none was wanted. */
export interface RecordingOutcome {
  readonly recordingPath?: string;
  readonly recordingMs?: number;
  /** Why there is none, or why it is shorter than the call. */
  readonly recordingError?: string;
}
