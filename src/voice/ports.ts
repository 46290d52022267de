import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';

/**
 * What the voice loop asks of a speech recogniser, a language model and a speech synthesiser. Vendors implement these in
 * `providers/<vendor>/`. Every failure is a `TrunklineError` with a `provider-*` code.
 */

/** One caller turn or agent turn as the model sees it. */
export type ConversationMessage =
  | { readonly role: 'system'; readonly content: string }
  /** `audio`: what the caller said, 8 kHz; only a recogniser that cannot write words gives it (sandbox). */
  | { readonly role: 'user'; readonly content: string; readonly audio?: PcmFrame }
  /** `content` is what was heard, not what was generated. */
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly toolCalls?: readonly ToolCall[];
    }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed arguments; `{}` when the model sent none. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

// Speech recognition -----------------------------------------------------------------------------

export interface SpeechToText {
  /** `openai`, `deepgram`, `sandbox`: shown in the call object and the trace. */
  readonly name: string;
  open(options: SttOptions, listener: SttListener): SttStream;
}

export interface SttOptions {
  /** BCP 47, or undefined for the vendor's own detection. */
  readonly language?: string;
  /** Rate of what {@link SttStream.write} gets. */
  readonly sampleRateHz: 8000 | 16_000;
}

export interface SttStream {
  /** Caller audio in order, 20 ms at a time. The samples may be reused after it returns. Never throws, never blocks. */
  write(samples: Int16Array): void;
  /** Hints of our own VAD, with the media time: a vendor that commits turns by hand needs them. */
  speechStarted(atMs: MonotonicMs): void;
  speechEnded(atMs: MonotonicMs): void;
  /** Idempotent; nothing is reported afterwards. */
  close(): void;
}

export interface SttTranscript {
  readonly text: string;
  /** 0 to 1 where the vendor gives one. */
  readonly confidence?: number;
  readonly audio?: PcmFrame;
}

export interface SttListener {
  onInterim(transcript: SttTranscript): void;
  /** A stretch of speech is fully transcribed. Several finals may belong to one turn. Text may be empty (noise). */
  onFinal(transcript: SttTranscript): void;
  /** The stream is lost for good (retries inside the provider are over); nothing follows. */
  onError(error: TrunklineError): void;
}

/**
 * Milliseconds from the request to the first answer, every retry and fallback included; then also the longest wait between two
 * answers. The provider keeps it and rejects with `provider-timeout`; nobody behind it asks again.
 */
export type AnswerBudgetMs = number;

// Language model ---------------------------------------------------------------------------------

export interface LanguageModel {
  readonly name: string;
  /** Streams one reply. Rejects with TrunklineError; aborting ends it at once (`provider-aborted`, or just ends). */
  reply(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmEvent>;
}

export interface LlmRequest {
  readonly messages: readonly ConversationMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly model?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly firstAnswerWithinMs?: AnswerBudgetMs;
}

export type LlmEvent =
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'tool-call'; readonly call: ToolCall }
  /** Ready-made audio to be played in place of synthesised speech (sandbox: the caller's own words). */
  | { readonly type: 'audio'; readonly audio: PcmFrame; readonly text: string }
  | { readonly type: 'done'; readonly inputTokens?: number; readonly outputTokens?: number };

// Speech synthesis -------------------------------------------------------------------------------

export interface TextToSpeech {
  readonly name: string;
  readonly voices: readonly VoiceInfo[];
  /** Streams the audio of one sentence. Same rules as {@link LanguageModel.reply}. */
  synthesize(request: TtsRequest, signal: AbortSignal): AsyncIterable<PcmFrame>;
}

export interface VoiceInfo {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly gender: 'female' | 'male' | 'neutral';
}

export interface TtsRequest {
  readonly text: string;
  readonly voice: string;
  readonly language?: string;
  readonly speed?: number;
  readonly firstAnswerWithinMs?: AnswerBudgetMs;
}

/** What a call speaks with; chosen once per call. */
export interface VoiceProviders {
  readonly stt: SpeechToText;
  readonly llm: LanguageModel;
  readonly tts: TextToSpeech;
}
