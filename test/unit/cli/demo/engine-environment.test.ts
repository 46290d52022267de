import { describe, expect, test } from 'vitest';
import { engineEnvironment } from '../../../../src/cli/demo/engine-environment.ts';

const SETTINGS = { apiKey: 'tc_live_x', dataDir: '/data', rtpPorts: '22000-22009' };

describe('engineEnvironment', () => {
  test('passes keys of providers and the choice of models on', () => {
    const env = engineEnvironment(
      {
        PATH: '/bin',
        OPENAI_API_KEY: 'k',
        TRUNKLINE_STT: 'openai',
        TRUNKLINE_OPENAI_LLM_MODEL: 'm',
      },
      SETTINGS,
    );
    expect(env).toMatchObject({
      PATH: '/bin',
      OPENAI_API_KEY: 'k',
      TRUNKLINE_STT: 'openai',
      TRUNKLINE_OPENAI_LLM_MODEL: 'm',
    });
  });

  test('takes nothing over from the configuration of another engine', () => {
    const env = engineEnvironment(
      { TRUNKLINE_DRACHTIO: 'server', TRUNKLINE_SIP_PORT: '5060', TRUNKLINE_SIP_HOST: '0.0.0.0' },
      SETTINGS,
    );
    expect(env).toMatchObject({ TRUNKLINE_SIP_PORT: '0', TRUNKLINE_SIP_HOST: '127.0.0.1' });
    expect(env).not.toHaveProperty('TRUNKLINE_DRACHTIO');
  });

  test('gives the engine its key, its folder and its ports', () => {
    expect(engineEnvironment({ TRUNKLINE_API_KEY: 'other' }, SETTINGS)).toMatchObject({
      TRUNKLINE_API_KEY: 'tc_live_x',
      TRUNKLINE_DATA_DIR: '/data',
      TRUNKLINE_RTP_PORTS: '22000-22009',
      TRUNKLINE_HTTP_PORT: '0',
    });
  });
});
