import { expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { TurnTraceBuilder } from '../../../src/voice/turn-trace-builder.ts';

test('the first stamp counts, the first error too; what did not happen is absent', () => {
  const trace = new TurnTraceBuilder('reply');
  trace.stamp('llmFirstTokenMs', monotonicMs(5));
  trace.stamp('llmFirstTokenMs', monotonicMs(9));
  trace.stamp('ttsRequestMs', undefined);
  trace.failed('provider-timeout');
  trace.failed('provider-rejected');

  expect(trace.build(3, undefined)).toEqual({
    turnId: 3,
    kind: 'reply',
    llmFirstTokenMs: 5,
    error: 'provider-timeout',
  });
});
