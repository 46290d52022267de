import type { VendorShares } from './vendor-process.ts';

/** One turn as the caller's packets, the engine's trace and the vendors saw it. Milliseconds. */
export interface MeasuredTurn {
  /** The caller's last packet of speech sent to the agent's first one heard. */
  readonly gapMs: number;
  readonly trace: TurnTraceView;
  readonly shares: VendorShares;
  /** The configured wait after speech when the transcript is final (`endpointing.minSilenceMs`). */
  readonly waitMs: number;
}

/** Of the call object's `turns`, what is used here. */
export interface TurnTraceView {
  readonly caller_speech_end_ms: number;
  readonly endpoint_ms: number;
  readonly llm_request_ms: number;
  readonly llm_first_token_ms: number;
  readonly tts_request_ms: number;
  readonly tts_first_byte_ms: number;
  readonly first_packet_out_ms: number;
}

export interface OwnShare {
  readonly ownMs: number;
  /** Detection on the grid of the voice detector: at most one frame of 32 ms counts as unavoidable. */
  readonly frameMs: number;
  /** Wait for the next packet's slot: at most 20 ms count. */
  readonly slotMs: number;
  /** Everything else. */
  readonly processingMs: number;
  /** Where processing goes: the deadline's timer, the way to the model and back, the sentence, the way to the voice and back. */
  readonly timerMs: number;
  readonly llmWayMs: number;
  readonly sentenceMs: number;
  readonly ttsWayMs: number;
}

const FRAME_MS = 32;
const SLOT_MS = 20;

/** What of the gap is ours: without the vendors' measured share and the configured wait, which run at the same time up to the endpoint. */
export function ownShare({ gapMs, trace, shares, waitMs }: MeasuredTurn): OwnShare {
  const beforeEndpointMs = Math.max(shares.sttMs, waitMs);
  const ownMs = gapMs - beforeEndpointMs - shares.llmMs - shares.ttsMs;
  const traceGapMs = trace.first_packet_out_ms - trace.caller_speech_end_ms;
  const seenLateMs = gapMs - traceGapMs;
  const endpointLateMs = trace.endpoint_ms - trace.caller_speech_end_ms - beforeEndpointMs;
  const frameMs = clamp(seenLateMs + endpointLateMs, FRAME_MS);
  const slotMs = clamp(trace.first_packet_out_ms - trace.tts_first_byte_ms, SLOT_MS);
  return {
    ownMs,
    frameMs,
    slotMs,
    processingMs: ownMs - frameMs - slotMs,
    timerMs: trace.llm_request_ms - trace.endpoint_ms,
    llmWayMs: trace.llm_first_token_ms - trace.llm_request_ms - shares.llmMs,
    sentenceMs: trace.tts_request_ms - trace.llm_first_token_ms,
    ttsWayMs: trace.tts_first_byte_ms - trace.tts_request_ms - shares.ttsMs,
  };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
