import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { LlmEvent, LlmRequest, SttTranscript, TtsRequest } from './ports.ts';
import type { TurnTrace } from './turn-trace.ts';

/**
 * What the turn engine is told. The media inputs have the shape of `media/`'s events, so that a driver passes those on as they are.
 * `turnId` rises with every agent turn and with every barge-in: an answer that carries an older one is dropped by the engine.
 */
export type TurnInput =
  /** The call is answered and audio flows: speak first, or listen. */
  | { readonly type: 'start' }
  | MediaInput
  | { readonly type: 'stt-interim'; readonly transcript: SttTranscript }
  | { readonly type: 'stt-final'; readonly transcript: SttTranscript }
  | { readonly type: 'stt-error'; readonly error: TrunklineError }
  | { readonly type: 'llm-event'; readonly turnId: number; readonly event: LlmEvent }
  | { readonly type: 'llm-error'; readonly turnId: number; readonly error: TrunklineError }
  | {
      readonly type: 'tts-audio';
      readonly turnId: number;
      readonly sentenceId: number;
      readonly audio: PcmFrame;
    }
  | { readonly type: 'tts-done'; readonly turnId: number; readonly sentenceId: number }
  | {
      readonly type: 'tts-error';
      readonly turnId: number;
      readonly sentenceId: number;
      readonly error: TrunklineError;
    }
  /** Something happened that the agent is to know and to speak of, in words for the model. */
  | { readonly type: 'note'; readonly text: string }
  /** Audio does not flow for now: nobody is silent, nobody is asked. */
  | { readonly type: 'held' }
  | { readonly type: 'resumed' }
  /** The call is over: cancel everything, report the open turn, say nothing more. */
  | { readonly type: 'stop' };

export type MediaInput =
  | { readonly type: 'speech-started'; readonly atMs: MonotonicMs; readonly onsetMs: MonotonicMs }
  | { readonly type: 'speech-confirmed'; readonly atMs: MonotonicMs; readonly onsetMs: MonotonicMs }
  | {
      readonly type: 'speech-ended';
      readonly atMs: MonotonicMs;
      readonly onsetMs: MonotonicMs;
      readonly endMs: MonotonicMs;
    }
  | { readonly type: 'dtmf'; readonly atMs: MonotonicMs; readonly digit: string }
  | { readonly type: 'playout-started'; readonly atMs: MonotonicMs; readonly playoutId: number }
  | {
      readonly type: 'mark-reached';
      readonly atMs: MonotonicMs;
      readonly playoutId: number;
      readonly markId: number;
    }
  | {
      readonly type: 'playout-ended';
      readonly atMs: MonotonicMs;
      readonly playoutId: number;
      readonly reason: 'completed' | 'flushed';
      readonly playedMs: number;
    }
  | { readonly type: 'underrun'; readonly atMs: MonotonicMs; readonly playoutId: number }
  | { readonly type: 'ducked'; readonly atMs: MonotonicMs }
  | { readonly type: 'silenced'; readonly atMs: MonotonicMs };

/** What the turn engine wants done. Playout ids are turn ids; mark ids are sentence ids. */
export type TurnOutput =
  | { readonly type: 'llm-start'; readonly turnId: number; readonly request: LlmRequest }
  | { readonly type: 'llm-cancel'; readonly turnId: number }
  | {
      readonly type: 'tts-start';
      readonly turnId: number;
      readonly sentenceId: number;
      readonly request: TtsRequest;
    }
  /** Every sentence of the turn. */
  | { readonly type: 'tts-cancel'; readonly turnId: number }
  | { readonly type: 'playout-write'; readonly playoutId: number; readonly audio: PcmFrame }
  | { readonly type: 'playout-mark'; readonly playoutId: number; readonly markId: number }
  | { readonly type: 'playout-finish'; readonly playoutId: number }
  | { readonly type: 'playout-flush' }
  | { readonly type: 'playout-pause' }
  | { readonly type: 'playout-resume' }
  | { readonly type: 'playout-release' }
  | { readonly type: 'duck-on-speech'; readonly enabled: boolean }
  | {
      readonly type: 'transcript';
      readonly speaker: 'caller' | 'agent';
      readonly text: string;
      readonly interrupted: boolean;
    }
  | { readonly type: 'turn'; readonly trace: TurnTrace }
  | {
      readonly type: 'provider-error';
      readonly provider: 'stt' | 'llm' | 'tts';
      readonly error: TrunklineError;
    }
  /** The farewell has been heard, or there is none: end the call. */
  | {
      readonly type: 'hang-up';
      readonly reason: 'agent-ended' | 'silence' | 'provider-failed';
    };
