import { describe, expect, test } from 'vitest';
import { DigestSession } from '../../../src/signaling/digest-session.ts';
import { RealmPins } from '../../../src/signaling/realm-pins.ts';
import { registerOnce } from '../../../src/signaling/register-exchange.ts';
import { SequenceNumbers } from '../../../src/signaling/sequence-numbers.ts';
import type { RegisterOutcome, RegisterRequest } from '../../../src/signaling/signaling.ts';
import type { ExchangeRequest } from '../../../src/signaling/srf-exchange.ts';
import { FakeResponse } from './fake-srf.ts';

const REQUEST: RegisterRequest = {
  host: 'registrar.example',
  port: 5070,
  transport: 'tcp',
  domain: 'carrier.example',
  user: 'trunk',
  contactUser: 'in-1',
  callId: 'reg-1',
  expiresSeconds: 600,
  credentials: { username: 'trunk', password: 'secret' },
};

async function register(
  responses: readonly FakeResponse[],
  change: Partial<RegisterRequest> = {},
): Promise<{ readonly sent: readonly ExchangeRequest[]; readonly outcome: RegisterOutcome }> {
  const sent: ExchangeRequest[] = [];
  const request = { ...REQUEST, ...change };
  const outcome = await registerOnce(request, {
    digest: new DigestSession({
      credentials: request.credentials,
      server: 'registrar',
      pins: new RealmPins(),
    }),
    sequences: new SequenceNumbers(() => 0),
    exchange: (build) => {
      sent.push(build());
      const response = responses[sent.length - 1];
      const { status = 408, reason = '' } = response ?? {};
      return Promise.resolve({ status, reason, response, rttMs: 10 });
    },
  });
  return { sent, outcome };
}

function ok(headers: Record<string, string> = {}): FakeResponse {
  return new FakeResponse(200, headers);
}

describe('REGISTER (RFC 3261 section 10.2)', () => {
  test('goes to the registrar, for the domain, with our contact', async () => {
    const { sent } = await register([ok()]);

    expect(sent).toEqual([
      {
        uri: 'sip:carrier.example',
        method: 'REGISTER',
        proxy: 'sip:registrar.example:5070;transport=tcp',
        headers: {
          From: '<sip:trunk@carrier.example>',
          To: '<sip:trunk@carrier.example>',
          Contact: '<sip:in-1@localhost;transport=tcp>',
          Expires: '600',
          'Call-ID': 'reg-1',
          CSeq: '1 REGISTER',
          Supported: 'path',
        },
      },
    ]);
  });

  test('takes the outbound proxy', async () => {
    const { sent } = await register([ok()], { outboundProxy: 'sip:edge.example;lr' });

    expect(sent[0]?.proxy).toBe('sip:edge.example;lr');
  });

  test('answers a challenge once, with the next CSeq of the same Call-ID', async () => {
    const challenge = () =>
      new FakeResponse(401, { 'www-authenticate': 'Digest realm="r", nonce="1"' });
    const { sent, outcome } = await register([challenge(), challenge()]);

    expect(sent.map(({ headers }) => headers)).toMatchObject([
      { 'Call-ID': 'reg-1', CSeq: '1 REGISTER' },
      {
        'Call-ID': 'reg-1',
        CSeq: '2 REGISTER',
        Authorization: expect.stringContaining('username="trunk"'),
      },
    ]);
    expect(outcome).toMatchObject({ status: 401, rttMs: 20, expiresSeconds: 0 });
  });
});

describe('the granted time (RFC 3261 section 10.2.4)', () => {
  test.each([
    ['of our binding', { contact: '<sip:in-1@192.0.2.1>;expires=300', expires: '60' }, 300],
    [
      'of ours among others',
      { contact: '<sip:other@h>;expires=999,<sip:in-1@192.0.2.1>;expires=120' },
      120,
    ],
    ['of the header', { contact: '<sip:in-1@192.0.2.1>', expires: '60' }, 60],
    ['as asked for when nothing says so', {}, 600],
    ['no more than a number can be', { expires: '99999999999' }, 600],
  ])('%s', async (_what, headers, expiresSeconds) => {
    expect((await register([ok(headers)])).outcome.expiresSeconds).toBe(expiresSeconds);
  });

  test('of a 423 is the least that would be (section 10.3)', async () => {
    const { outcome } = await register([new FakeResponse(423, { 'min-expires': '3600' })]);

    expect(outcome).toMatchObject({ status: 423, expiresSeconds: 3600 });
  });

  test('is nothing after a failure, which may say when to come back', async () => {
    const { outcome } = await register([
      new FakeResponse(503, { 'retry-after': '120 (maintenance);duration=60' }),
    ]);

    expect(outcome).toMatchObject({ status: 503, expiresSeconds: 0, retryAfterSeconds: 120 });
    expect((await register([])).outcome).toMatchObject({ status: 408, expiresSeconds: 0 });
  });
});

test('the service route is told (RFC 3608)', async () => {
  const { outcome } = await register([ok({ 'service-route': '<sip:p1;lr>,<sip:p2;lr>' })]);

  expect(outcome.serviceRoute).toEqual(['<sip:p1;lr>', '<sip:p2;lr>']);
});
