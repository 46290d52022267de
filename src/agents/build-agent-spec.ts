import {
  type AgentSpec,
  DEFAULT_BARGE_IN,
  DEFAULT_ENDPOINTING,
  DEFAULT_TURN_TIMEOUTS,
} from '../voice/agent-spec.ts';
import { type AgentDefinition, DEFAULT_AGENT } from './agent-definition.ts';

/** The whole agent: the definition, and the defaults where it says nothing. */
export function buildAgentSpec(definition: AgentDefinition): AgentSpec {
  return {
    ...DEFAULT_AGENT,
    ...spokenParts(definition),
    endpointing: { ...DEFAULT_ENDPOINTING, ...definition.endpointing },
    bargeIn: { ...DEFAULT_BARGE_IN, ...definition.bargeIn },
    timeouts: { ...DEFAULT_TURN_TIMEOUTS, ...definition.timeouts },
  };
}

/** Named one by one: a definition from a configuration file has keys that are not the agent's. */
function spokenParts(definition: AgentDefinition) {
  const { instructions, firstSentence, language, voice, model, temperature } = definition;
  const { failureSentence, onProviderFailure, background, listening } = definition;
  return {
    instructions,
    ...(firstSentence === undefined ? {} : { firstSentence }),
    ...(language === undefined ? {} : { language }),
    ...(voice === undefined ? {} : { voice }),
    ...(model === undefined ? {} : { model }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(background === undefined ? {} : { background }),
    ...(listening === undefined ? {} : { listening }),
    ...(failureSentence === undefined ? {} : { failureSentence }),
    ...(onProviderFailure === undefined ? {} : { onProviderFailure }),
  };
}
