import { expect, test } from 'vitest';
import { keptHeaders } from '../../src/signaling/sip-headers.ts';
import { softphoneHeaders } from '../../src/softphone-headers.ts';
import { FakeRequest } from './signaling/fake-srf.ts';

const FORGED = {
  'P-Asserted-Identity': '<sip:+4930110@police.example>',
  'REMOTE-PARTY-ID': '<sip:+4930110@police.example>',
  Identity: 'a.b.c',
  Diversion: '<sip:1@2>',
  'History-Info': '<sip:1@2>;index=1',
  'P-Attestation-Indicator': 'A',
  'P-Origination-Id': 'x',
  'P-Called-Party-ID': '<sip:1@2>',
  'X-Customer': 'gold',
  'x-Bypass-me': 'lol',
};

test('what a softphone says of itself is kept, what only a network may say is not', () => {
  const said = { ...FORGED, 'User-Agent': 'phone', Subject: 'hello', Privacy: 'id' };
  const kept = keptHeaders(new FakeRequest('INVITE', said));

  expect(Object.keys(kept)).toHaveLength(Object.keys(FORGED).length + 3);
  expect(softphoneHeaders(kept)).toEqual({
    'user-agent': 'phone',
    subject: 'hello',
    privacy: 'id',
  });
});
