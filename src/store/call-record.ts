import type { CallEvent } from '../call/call-event.ts';
import type { CallSpec } from '../call/call-spec.ts';
import type { Termination } from '../call/termination.ts';

export type CallQuality = Extract<CallEvent, { type: 'quality' }>['quality'];
export type TurnTrace = Extract<CallEvent, { type: 'turn' }>['trace'];

/** What a client asked for beyond the {@link CallSpec}: kept as it came, shown again, used by later stages. */
type CallRequest = Readonly<Record<string, unknown>>;

/** A call that is about to begin. */
export interface NewCall {
  readonly spec: CallSpec;
  readonly accountId: string;
  readonly modeRequested: string;
  readonly voiceRequested: string;
  readonly voiceUsed: string;
  readonly providerNotes: readonly string[];
  readonly request: CallRequest;
  /** Inbound: where it came from. An outgoing call has it from its `dialing` event on. */
  readonly carrier?: string;
}

/** Where the call is in the system; the telephony outcome is {@link CallRecord.callStatus}. */
export type CallProgress = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled';

export type CallOutcome =
  | 'in-progress'
  | 'completed'
  | 'failed'
  | 'no-answer'
  | 'busy'
  | 'rejected'
  | 'cancelled';

/** A call as it is stored. Times are ISO 8601 in UTC. */
export interface CallRecord extends NewCall {
  readonly id: string;
  readonly status: CallProgress;
  /** Undefined until the call is answered or over. */
  readonly callStatus?: CallOutcome;
  readonly campaignId?: string;
  readonly leadId?: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly answeredMonotonicMs?: number;
  readonly durationMs: number;
  readonly termination?: Termination;
  /** The file of the recording, there already or soon. */
  readonly recordingPath?: string;
  readonly recordingMs?: number;
  /** Why there is none, or why it is shorter than the call. */
  readonly recordingError?: string;
  readonly sipCallId?: string;
  /** How it sounded; known when its audio has ended. */
  readonly quality?: CallQuality;
  /** Everything about the call is stored. */
  readonly completed: boolean;
  readonly transcript: readonly TranscriptTurn[];
}

export interface TranscriptTurn {
  readonly speaker: 'caller' | 'agent';
  readonly text: string;
  readonly interrupted: boolean;
  readonly at: string;
}

/** What happened to the signalling of a call beyond its answer and its end, and what its network said in tones. */
export type SignalingEvent = Extract<
  CallEvent,
  { type: 'attempt' | 'held' | 'resumed' | 'hold-refused' | 'transfer' | 'peer-replaced' | 'tone' }
>;

export const SIGNALING_EVENTS: readonly SignalingEvent['type'][] = [
  'attempt',
  'held',
  'resumed',
  'hold-refused',
  'transfer',
  'peer-replaced',
  'tone',
];

export interface StampedSignalingEvent {
  readonly event: SignalingEvent;
  readonly at: string;
}

export interface CallDetail extends CallRecord {
  readonly turns: readonly TurnTrace[];
  /** In their order. */
  readonly signaling: readonly StampedSignalingEvent[];
}
