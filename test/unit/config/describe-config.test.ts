import { expect, test } from 'vitest';
import { describeConfig } from '../../../src/config/describe-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';

const DEMO = 'demo';

test('the described configuration has no secret, phone number or prompt', () => {
  const env = {
    TRUNKLINE_API_KEY: 'tc_live_0123456789abcdef',
    TRUNKLINE_FROM_NUMBER: '+15551234567',
    TRUNKLINE_DRACHTIO: 'sip.internal:9022',
    TRUNKLINE_DRACHTIO_SECRET: 'cymru-secret',
    OPENAI_API_KEY: 'sk-openai-secret',
    DEEPGRAM_API_KEY: 'deepgram-secret',
  };
  const config = loadConfig({ env });
  const shown = JSON.stringify(describeConfig(config));

  for (const [variable, value] of Object.entries(env)) {
    if (variable !== 'TRUNKLINE_DRACHTIO') expect(shown).not.toContain(value);
  }
  expect(shown).not.toContain(config.agents[DEMO]?.instructions);
  expect(shown).toContain('sip.internal');
});
