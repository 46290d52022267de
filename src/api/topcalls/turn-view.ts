import type { TurnTrace } from '../../store/call-record.ts';
import type { BargeInView, TurnView } from './call-schema.ts';

/** A turn trace for clients: every point in time in milliseconds since the call was answered. */
export function toTurnView(trace: TurnTrace, answeredMs: number): TurnView {
  const at = (stampMs: number | undefined) => relative(stampMs, answeredMs);
  return {
    turn_id: trace.turnId,
    kind: trace.kind,
    caller_speech_start_ms: at(trace.callerSpeechStartMs),
    caller_speech_end_ms: at(trace.callerSpeechEndMs),
    endpoint_ms: at(trace.endpointMs),
    endpoint_reason: trace.endpointReason,
    transcript_final_ms: at(trace.transcriptFinalMs),
    llm_request_ms: at(trace.llmRequestMs),
    llm_first_token_ms: at(trace.llmFirstTokenMs),
    first_sentence_ms: at(trace.firstSentenceMs),
    tts_request_ms: at(trace.ttsRequestMs),
    tts_first_byte_ms: at(trace.ttsFirstByteMs),
    first_packet_out_ms: at(trace.firstPacketOutMs),
    playout_end_ms: at(trace.playoutEndMs),
    gap_ms: relative(trace.firstPacketOutMs, trace.callerSpeechEndMs),
    barge_in: toBargeInView(trace.bargeIn, answeredMs),
    error: trace.error,
  };
}

function toBargeInView(bargeIn: TurnTrace['bargeIn'], answeredMs: number): BargeInView | undefined {
  if (bargeIn === undefined) return undefined;
  return {
    onset_ms: relative(bargeIn.onsetMs, answeredMs),
    ducked_ms: relative(bargeIn.duckedMs, answeredMs),
    stopped_ms: relative(bargeIn.stoppedMs, answeredMs),
    outcome: bargeIn.outcome,
    heard_ms: bargeIn.heardMs,
    duck_delay_ms: relative(bargeIn.duckedMs, bargeIn.onsetMs),
    stop_delay_ms: relative(bargeIn.stoppedMs, bargeIn.onsetMs),
  };
}

/** Tenths of a millisecond are all that a packet clock gives. */
function relative(stampMs: number | undefined, sinceMs: number | undefined): number | undefined {
  if (stampMs === undefined || sinceMs === undefined) return undefined;
  return Math.round((stampMs - sinceMs) * 10) / 10;
}
