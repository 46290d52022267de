import {
  type AgentSpec,
  DEFAULT_BARGE_IN,
  DEFAULT_TURN_TIMEOUTS,
  type EndpointingOptions,
} from '../../../src/voice/agent-spec.ts';

/** Round numbers, whatever the defaults are. */
export const TURN_ENDPOINTING: EndpointingOptions = {
  silenceMs: 500,
  minSilenceMs: 200,
  transcriptWaitMs: 2_000,
};

/** The agent that turn tests talk to, unless a test needs another. */
export function turnAgent(changes: Partial<AgentSpec> = {}): AgentSpec {
  return {
    instructions: 'Be brief.',
    language: 'en-US',
    voice: 'slt',
    endpointing: TURN_ENDPOINTING,
    bargeIn: DEFAULT_BARGE_IN,
    timeouts: DEFAULT_TURN_TIMEOUTS,
    failureSentence: 'Sorry, something broke.',
    onProviderFailure: 'continue',
    ...changes,
  };
}
