import {
  type AgentSpec,
  DEFAULT_BARGE_IN,
  DEFAULT_ENDPOINTING,
  DEFAULT_TURN_TIMEOUTS,
} from '../../../src/voice/agent-spec.ts';

/** The agent that turn tests talk to, unless a test needs another. */
export function turnAgent(changes: Partial<AgentSpec> = {}): AgentSpec {
  return {
    instructions: 'Be brief.',
    language: 'en-US',
    voice: 'slt',
    endpointing: DEFAULT_ENDPOINTING,
    bargeIn: DEFAULT_BARGE_IN,
    timeouts: DEFAULT_TURN_TIMEOUTS,
    failureSentence: 'Sorry, something broke.',
    onProviderFailure: 'continue',
    ...changes,
  };
}
