import { expect, test } from 'vitest';
import { challenge, inboundRequest } from '../../../src/signaling/inbound-request.ts';
import { FakeRequest, FakeResponse } from './fake-srf.ts';

test('several credentials in one text are told apart, commas in quotes are none', () => {
  const authorization = 'Digest username="a, Digest b", nc=1, Digest username="c",nc=2';
  const req = new FakeRequest('REGISTER', { authorization, 'proxy-authorization': 'Basic x' });
  expect(inboundRequest(req).authorizations).toEqual([
    'Digest username="a, Digest b", nc=1',
    'Digest username="c",nc=2',
    'Basic x',
  ]);
});

test('each challenge is a header of its own, and cannot bring another one along (RFC 8760 section 2.3)', () => {
  const res = new FakeResponse();
  challenge(res, ['Digest a', 'Digest b\r\nVia: c']);
  expect(res.sent).toEqual([
    {
      status: 401,
      options: {
        headers: { 'WWW-Authenticate': 'Digest a\r\nWWW-Authenticate: Digest bVia: c' },
      },
    },
  ]);
});
