import type { MonotonicMs } from '../core/time.ts';

/**
 * The timeline of one agent turn. Stamps of speech and packets come from the media threads, those of providers from the
 * arrival of their answer, all on the same monotonic clock. Absent = did not happen.
 */
export interface TurnTrace {
  readonly turnId: number;
  readonly kind: 'greeting' | 'reply' | 'failure';
  readonly callerSpeechStartMs?: MonotonicMs;
  readonly callerSpeechEndMs?: MonotonicMs;
  readonly endpointMs?: MonotonicMs;
  readonly endpointReason?: 'transcript' | 'silence' | 'dtmf';
  readonly transcriptFinalMs?: MonotonicMs;
  readonly llmRequestMs?: MonotonicMs;
  readonly llmFirstTokenMs?: MonotonicMs;
  readonly firstSentenceMs?: MonotonicMs;
  readonly ttsRequestMs?: MonotonicMs;
  readonly ttsFirstByteMs?: MonotonicMs;
  readonly firstPacketOutMs?: MonotonicMs;
  readonly playoutEndMs?: MonotonicMs;
  readonly bargeIn?: BargeInTrace;
  readonly error?: string;
}

export interface BargeInTrace {
  readonly onsetMs: MonotonicMs;
  readonly duckedMs?: MonotonicMs;
  /** First silent packet. */
  readonly stoppedMs?: MonotonicMs;
  readonly outcome: 'flushed' | 'resumed';
  readonly heardMs?: number;
}
