import type { BackgroundSound } from '../audio/background-sound.ts';

/** Everything that makes one agent on one call: chosen at set-up, never changed during the call. */
export interface AgentSpec {
  /** System prompt, complete (a TopCalls `task` is already wrapped). */
  readonly instructions: string;
  /** Spoken first, before the model is asked for anything. Undefined: the caller speaks first. */
  readonly firstSentence?: string;
  readonly language: string;
  /** A voice of the chosen synthesiser. */
  readonly voice: string;
  readonly model?: string;
  readonly temperature?: number;
  /** Heard behind the agent for the whole call. */
  readonly background?: BackgroundSound;
  /** Where it differs from what the engine was set up with. */
  readonly listening?: AgentListening;
  readonly endpointing: EndpointingOptions;
  readonly bargeIn: BargeInOptions;
  readonly timeouts: TurnTimeouts;
  /** Said when a provider failed for good: `provider-failed` in the trace; then the call goes on or ends by `onProviderFailure`. */
  readonly failureSentence: string;
  readonly onProviderFailure: 'continue' | 'end-call';
}

/** What counts as speech of the caller, and the reflex that makes the agent quieter at its onset. */
export interface AgentListening {
  readonly onThreshold?: number;
  readonly offThreshold?: number;
  readonly confirmFrames?: number;
  readonly endFrames?: number;
  /** In dB, negative; 0 = no reflex. */
  readonly duckDb?: number;
  readonly reflexThreshold?: number;
  readonly reflexFrames?: number;
}

export interface EndpointingOptions {
  /** The turn ends after this much silence (from the last speech packet) without a final transcript. */
  readonly silenceMs: number;
  /** With a final transcript and the VAD off, after this much. */
  readonly minSilenceMs: number;
  /** After the endpoint, how long a missing transcript is waited for before the turn is dropped as noise. */
  readonly transcriptWaitMs: number;
}

export interface BargeInOptions {
  readonly enabled: boolean;
  /** Speech of this length flushes the paused agent even without words. */
  readonly flushAfterMs: number;
  /** After a pause: this long without words and the agent goes on from the same place. */
  readonly resumeAfterMs: number;
}

export interface TurnTimeouts {
  /** Nobody speaks for this long: the call ends. */
  readonly silenceMs: number;
  readonly maxDurationMs: number;
  readonly llmFirstTokenMs: number;
  readonly ttsFirstByteMs: number;
}

export const DEFAULT_ENDPOINTING: EndpointingOptions = Object.freeze({
  silenceMs: 500,
  minSilenceMs: 250,
  transcriptWaitMs: 2_000,
});

export const DEFAULT_BARGE_IN: BargeInOptions = Object.freeze({
  enabled: true,
  flushAfterMs: 400,
  resumeAfterMs: 800,
});

export const DEFAULT_TURN_TIMEOUTS: TurnTimeouts = Object.freeze({
  silenceMs: 30_000,
  maxDurationMs: 600_000,
  llmFirstTokenMs: 5_000,
  ttsFirstByteMs: 3_000,
});
