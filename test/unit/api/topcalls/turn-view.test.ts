import { expect, test } from 'vitest';
import { toTurnView } from '../../../../src/api/topcalls/turn-view.ts';
import { monotonicMs } from '../../../../src/core/time.ts';

test('stamps are told in milliseconds since the answer, and the gap is derived', () => {
  const view = toTurnView(
    {
      turnId: 2,
      kind: 'reply',
      callerSpeechEndMs: monotonicMs(11_000),
      endpointMs: monotonicMs(11_500.04),
      endpointReason: 'silence',
      firstPacketOutMs: monotonicMs(11_840.26),
      bargeIn: {
        onsetMs: monotonicMs(13_000),
        duckedMs: monotonicMs(13_060),
        stoppedMs: monotonicMs(13_150),
        outcome: 'flushed',
        heardMs: 1_160,
      },
    },
    10_000,
  );

  expect(JSON.parse(JSON.stringify(view))).toEqual({
    turn_id: 2,
    kind: 'reply',
    caller_speech_end_ms: 1_000,
    endpoint_ms: 1_500,
    endpoint_reason: 'silence',
    first_packet_out_ms: 1_840.3,
    gap_ms: 840.3,
    barge_in: {
      onset_ms: 3_000,
      ducked_ms: 3_060,
      stopped_ms: 3_150,
      outcome: 'flushed',
      heard_ms: 1_160,
      duck_delay_ms: 60,
      stop_delay_ms: 150,
    },
  });
});
