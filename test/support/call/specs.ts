import type { CallSpec } from '../../../src/call/call-spec.ts';
import {
  type AgentSpec,
  DEFAULT_BARGE_IN,
  DEFAULT_TURN_TIMEOUTS,
} from '../../../src/voice/agent-spec.ts';
import { TURN_ENDPOINTING } from '../voice/turn-agent.ts';

const AGENT: AgentSpec = Object.freeze({
  instructions: 'Be brief.',
  firstSentence: 'Hello.',
  language: 'en',
  voice: 'slt',
  endpointing: TURN_ENDPOINTING,
  bargeIn: DEFAULT_BARGE_IN,
  timeouts: DEFAULT_TURN_TIMEOUTS,
  failureSentence: 'Something went wrong.',
  onProviderFailure: 'continue',
});

export function callSpec(changes: Partial<CallSpec> = {}): CallSpec {
  return {
    callId: 'call-1',
    direction: 'inbound',
    from: '+4930111',
    to: '+4930222',
    agent: AGENT,
    record: false,
    ringTimeoutMs: 20_000,
    rtpTimeoutMs: 10_000,
    ...changes,
  };
}
