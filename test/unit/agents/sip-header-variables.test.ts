import { expect, test } from 'vitest';
import { buildAgentSpec } from '../../../src/agents/build-agent-spec.ts';
import { withSipHeaders } from '../../../src/agents/sip-header-variables.ts';

test('headers of the INVITE fill the instructions and the first sentence', () => {
  const agent = buildAgentSpec({
    instructions:
      'The customer is {{sip_headers.X-Customer}}, by way of {{ sip_headers.diversion }}.',
    firstSentence: 'Hello {{sip_headers.x-customer}}{{sip_headers.x-none}}.',
  });

  expect(withSipHeaders(agent, { 'x-customer': '$& Ada', diversion: '<sip:a@b>' })).toMatchObject({
    instructions: 'The customer is $& Ada, by way of <sip:a@b>.',
    firstSentence: 'Hello $& Ada.',
  });
});
