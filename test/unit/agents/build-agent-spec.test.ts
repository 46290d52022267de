import { expect, test } from 'vitest';
import { DEFAULT_AGENT } from '../../../src/agents/agent-definition.ts';
import { buildAgentSpec } from '../../../src/agents/build-agent-spec.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import {
  DEFAULT_BARGE_IN,
  DEFAULT_ENDPOINTING,
  DEFAULT_TURN_TIMEOUTS,
} from '../../../src/voice/agent-spec.ts';

test('what a definition leaves out is the default', () => {
  expect(buildAgentSpec({ instructions: 'Be kind.' })).toEqual({
    ...DEFAULT_AGENT,
    instructions: 'Be kind.',
    endpointing: DEFAULT_ENDPOINTING,
    bargeIn: DEFAULT_BARGE_IN,
    timeouts: DEFAULT_TURN_TIMEOUTS,
  });
});

test('what it says wins, also inside of groups', () => {
  const spec = buildAgentSpec({
    instructions: 'Be kind.',
    firstSentence: 'Hi.',
    language: 'fr-FR',
    voice: 'echo',
    model: 'm',
    temperature: 0.2,
    endpointing: { silenceMs: 700 },
    bargeIn: { enabled: false },
    timeouts: { maxDurationMs: 60_000 },
    failureSentence: 'Oh.',
    onProviderFailure: 'end-call',
  });

  expect(spec).toMatchObject({
    firstSentence: 'Hi.',
    language: 'fr-FR',
    voice: 'echo',
    model: 'm',
    temperature: 0.2,
    endpointing: { ...DEFAULT_ENDPOINTING, silenceMs: 700 },
    bargeIn: { ...DEFAULT_BARGE_IN, enabled: false },
    timeouts: { ...DEFAULT_TURN_TIMEOUTS, maxDurationMs: 60_000 },
    failureSentence: 'Oh.',
    onProviderFailure: 'end-call',
  });
});

test('an agent of the configuration is a definition', () => {
  const agents = loadConfig({ env: {} }).agents;

  for (const definition of Object.values(agents)) {
    expect(buildAgentSpec(definition)).not.toHaveProperty('record');
  }
});
