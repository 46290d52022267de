import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { systemClock } from '../../../src/store/wall-clock.ts';
import { CALL_BODY, SYSTEM_CARRIER, startApi, type TestApi } from './api-fixture.ts';

const PATH = '/v1/phone-numbers/carriers';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const GATEWAY = { ipv4: '203.0.113.10', port: 5060, inbound: true, outbound: true };
const BODY = { carrier_name: 'telco', trunk_type: 'static_ip', sip_gateway: GATEWAY };
const ACCOUNT = { username: 'user', password: 'never-to-be-seen' };

async function create(api: TestApi, body: object = BODY) {
  const { status, json } = await api.request('POST', PATH, { body });
  expect([status, json.detail]).toEqual([201, undefined]);
  return json;
}

describe('POST', () => {
  test('answers 201 with the ids; the carrier is there at once', async () => {
    const api = await startApi();
    const carrier = await create(api);

    expect(carrier).toMatchObject({
      id: expect.stringMatching(UUID),
      account_id: api.accountId,
      voip_carrier_sid: expect.stringMatching(UUID),
      sip_gateway_sid: expect.stringMatching(UUID),
      carrier_name: 'telco',
      trunk_type: 'static_ip',
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      is_system: false,
      sip_gateway: { ...GATEWAY, netmask: 32, status: { state: 'unknown', calls_in_use: 0 } },
    });
    const { registry } = api.directory.carriers;
    expect(registry.carrierFor('203.0.113.10')?.id).toBe(carrier.id);
    expect((await api.request('GET', `${PATH}/${carrier.id}`)).json).toEqual(carrier);
  });

  test.each([
    ['nothing', undefined, ['carrier_name', 'sip_gateway']],
    ['no object', [], ['']],
    ['a codec that nobody has', { ...BODY, codecs: ['PCMU', 'G729'] }, ['codecs.1']],
    ['packets of 25 ms', { ...BODY, ptime_ms: 25 }, ['ptime_ms']],
    ['an unknown kind of SRTP', { ...BODY, srtp: 'always' }, ['srtp']],
    [
      'an unknown kind of strictness',
      { ...BODY, strict_rtp_address: 'yes' },
      ['strict_rtp_address'],
    ],
    ['an empty name', { ...BODY, carrier_name: '' }, ['carrier_name']],
    ['a name that is too long', { ...BODY, carrier_name: 'x'.repeat(101) }, ['carrier_name']],
    ['a name with a line break', { ...BODY, carrier_name: 'a\r\nVia: b' }, ['carrier_name']],
    ['an unknown type', { ...BODY, trunk_type: 'ip' }, ['trunk_type']],
    ['no address', { ...BODY, sip_gateway: { port: 5060 } }, ['sip_gateway.ipv4']],
    ['a URI', { ...BODY, sip_gateway: { ipv4: 'sip:a.example' } }, ['sip_gateway.ipv4']],
    ['half an address', { ...BODY, sip_gateway: { ipv4: '203.0.113' } }, ['sip_gateway.ipv4']],
    ['an octet of 256', { ...BODY, sip_gateway: { ipv4: '203.0.113.256' } }, ['sip_gateway.ipv4']],
    ['nobody', { ...BODY, sip_gateway: { ipv4: '0.0.0.0' } }, ['sip_gateway.ipv4']],
    ['a group', { ...BODY, sip_gateway: { ipv4: '224.0.1.75' } }, ['sip_gateway.ipv4']],
    ['an IPv6 group', { ...BODY, sip_gateway: { ipv4: 'ff02::1' } }, ['sip_gateway.ipv4']],
    [
      'a host name that calls come from',
      { ...BODY, sip_gateway: { ...GATEWAY, ipv4: 'sip.example.com' } },
      ['sip_gateway.ipv4'],
    ],
    [
      'ourselves',
      { ...BODY, sip_gateway: { ipv4: '127.0.0.1', port: 5999 } },
      ['sip_gateway.ipv4'],
    ],
    ['a port of 0', { ...BODY, sip_gateway: { ...GATEWAY, port: 0 } }, ['sip_gateway.port']],
    [
      'a netmask of 33',
      { ...BODY, sip_gateway: { ...GATEWAY, netmask: 33 } },
      ['sip_gateway.netmask'],
    ],
    ['everybody', { ...BODY, sip_gateway: { ...GATEWAY, netmask: 0 } }, ['sip_gateway.netmask']],
    ['reg without an account', { ...BODY, trunk_type: 'reg' }, ['registration']],
    ['auth without an account', { ...BODY, trunk_type: 'auth' }, ['inbound_auth']],
    [
      'an account without a password',
      { ...BODY, trunk_type: 'auth', inbound_auth: { username: 'a' } },
      ['inbound_auth.password'],
    ],
    ['a header of SIP', { ...BODY, headers: { Via: 'x' } }, ['headers.Via']],
    [
      'a header of ours',
      { ...BODY, headers: { 'X-Trunkline-Trying': 'x' } },
      ['headers.X-Trunkline-Trying'],
    ],
    ['a header in a header', { ...BODY, headers: { 'X-A': 'a\r\nVia: x' } }, ['headers.X-A']],
    [
      'a second gateway that is wrong',
      { ...BODY, sip_gateways: [{ ipv4: 'b.example' }, { ipv4: 'c.example', inbound: true }] },
      ['sip_gateways.1.ipv4'],
    ],
  ])('%s is 400 and names the field', async (_name, body, paths) => {
    const api = await startApi();
    const { status, json } = await api.request('POST', PATH, { body });

    expect(status).toBe(400);
    expect(json.errors.map((error: { path: string }) => error.path)).toEqual(paths);
    expect(api.directory.carriers.list(api.accountId)).toHaveLength(1);
  });

  test.each([
    ['a private address', { ...GATEWAY, ipv4: '10.0.0.7' }],
    ['this machine', { ...GATEWAY, ipv4: '127.0.0.2' }],
    ['an IPv6 address', { ...GATEWAY, ipv4: '2001:db8::7' }],
    ['loopback of IPv6', { ...GATEWAY, ipv4: '::1' }],
    ['a host name that calls only go to', { ipv4: 'sip.example.com' }],
  ])('%s is taken', async (_name, gateway) => {
    const carrier = await create(await startApi(), { ...BODY, sip_gateway: gateway });

    expect(carrier.sip_gateway).toMatchObject(gateway);
  });

  test('passwords are nowhere: not in an answer, a log, or the database', async () => {
    const api = await startApi();
    const carrier = await create(api, {
      ...BODY,
      trunk_type: 'reg',
      registration: ACCOUNT,
      inbound_auth: ACCOUNT,
      outbound_auth: ACCOUNT,
    });
    const list = await api.request('GET', PATH);
    const rows = await api.store.carriers.all();

    for (const text of [carrier, list.json, api.logged, rows].map((each) => JSON.stringify(each))) {
      expect(text).not.toContain(ACCOUNT.password);
    }
    expect(carrier.registration).toMatchObject({ username: 'user', expires: 600 });
    expect(api.directory.carriers.registry.find(carrier.id)?.registration?.password).toBe(
      ACCOUNT.password,
    );
  });

  test('once per Idempotency-Key', async () => {
    const api = await startApi();
    const headers = { 'idempotency-key': 'carrier-4711' };
    const first = await api.request('POST', PATH, { body: BODY, headers });
    const second = await api.request('POST', PATH, { body: BODY, headers });
    const other = await api.request('POST', PATH, {
      body: { ...BODY, carrier_name: 'b' },
      headers,
    });

    expect(second.json).toEqual(first.json);
    expect(other.status).toBe(409);
    expect((await api.request('GET', PATH)).json.data).toHaveLength(2);
  });

  test('of two at once with the same user name one is 409', async () => {
    const api = await startApi();
    const body = { ...BODY, trunk_type: 'auth', inbound_auth: ACCOUNT };
    const answers = await Promise.all(
      ['a', 'b'].map((name) =>
        api.request('POST', PATH, { body: { ...body, carrier_name: name } }),
      ),
    );

    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  test('a user name that another carrier authenticates with is 409', async () => {
    const api = await startApi();
    const body = { ...BODY, trunk_type: 'auth', inbound_auth: ACCOUNT };
    await create(api, body);

    expect((await api.request('POST', PATH, { body })).status).toBe(409);
  });
});

describe('GET', () => {
  test('lists those of the configuration, then the own ones, oldest first', async () => {
    const api = await startApi();
    await create(api);
    await create(api, { ...BODY, carrier_name: 'second' });
    const { status, json } = await api.request('GET', PATH);

    expect(status).toBe(200);
    expect(json).toMatchObject({ next_cursor: null, has_more: false });
    expect(json.data.map((each: { carrier_name: string }) => each.carrier_name)).toEqual([
      'local',
      'telco',
      'second',
    ]);
    expect(json.data[0]).toMatchObject({ id: SYSTEM_CARRIER.id, is_system: true });
  });

  test('shows how it is at the moment', async () => {
    const api = await startApi();
    const { id, sip_gateway_sid: gatewayId } = await create(api, {
      ...BODY,
      trunk_type: 'reg',
      registration: ACCOUNT,
    });
    const now = systemClock.monotonicNow();
    const { health, registrations, calls } = api.directory;
    const lastPing = { atMs: now, rttMs: 12.345, status: 408 };
    health.set(gatewayId, { state: 'down', sinceMs: now, reason: '408 Timeout', lastPing });
    registrations.set(id, {
      state: 'failed',
      sinceMs: now,
      reason: '503 Busy',
      nextAttemptMs: monotonicMs(now + 30_000),
    });
    calls.set(gatewayId, 2).set(id, 3);
    const { json } = await api.request('GET', `${PATH}/${id}`);

    expect(json).toMatchObject({
      calls_in_use: 3,
      register_status: {
        state: 'failed',
        reason: '503 Busy',
        next_attempt_at: expect.stringMatching(/Z$/),
        expires_at: null,
      },
      sip_gateway: {
        status: {
          state: 'down',
          reason: '408 Timeout',
          since: expect.stringMatching(/Z$/),
          last_ping_rtt_ms: 12.3,
          calls_in_use: 2,
        },
      },
    });
  });

  test('one that is not there is 404', async () => {
    const api = await startApi();

    for (const id of ['00000000-0000-4000-8000-000000000000', 'constructor']) {
      expect((await api.request('GET', `${PATH}/${id}`)).status).toBe(404);
    }
  });
});

describe('PATCH', () => {
  test('changes what it names, and nothing else', async () => {
    const api = await startApi();
    const before = await create(api, { ...BODY, tech_prefix: '9', outbound_auth: ACCOUNT });
    const body = { carrier_name: 'renamed', sip_gateway: { port: 5070 }, tech_prefix: '' };
    const { status, json } = await api.request('PATCH', `${PATH}/${before.id}`, { body });

    expect(status).toBe(200);
    expect(json).toEqual({
      ...before,
      carrier_name: 'renamed',
      tech_prefix: null,
      sip_gateway: { ...before.sip_gateway, port: 5070 },
      updated_at: expect.any(String),
    });
    const { registry } = api.directory.carriers;
    expect(registry.find(before.id)?.credentials).toEqual(ACCOUNT);
    expect((await api.store.carriers.all())[0]?.settings).toContain('renamed');
  });

  test('a list of gateways is replaced: none takes over what another had', async () => {
    const api = await startApi();
    const [a, b] = [{ ipv4: '192.0.2.1', port: 5070, max_calls: 1 }, { ipv4: '192.0.2.2' }];
    const { id, sip_gateways: before } = await create(api, { ...BODY, sip_gateways: [a, b] });
    const body = {
      sip_gateways: [
        { ...b, weight: 3 },
        { ipv4: '192.0.2.1', port: 5070 },
      ],
    };
    const { json } = await api.request('PATCH', `${PATH}/${id}`, { body });

    const shown = { port: null, max_calls: null, weight: 10 };
    expect(json.sip_gateways).toMatchObject([
      { ...shown, ipv4: '192.0.2.2', weight: 3, sip_gateway_sid: before[1].sip_gateway_sid },
      { ...shown, ipv4: '192.0.2.1', port: 5070, sip_gateway_sid: before[0].sip_gateway_sid },
    ]);
  });

  test('the rules are those of a new one', async () => {
    const api = await startApi();
    const { id } = await create(api);
    const body = { sip_gateway: { ipv4: 'sip.example.com' } };
    const { status, json } = await api.request('PATCH', `${PATH}/${id}`, { body });

    expect(status).toBe(400);
    expect(json.errors[0].path).toBe('sip_gateway.ipv4');
  });

  test.each(['PATCH', 'DELETE'])('%s of one of the configuration is 403', async (method) => {
    const api = await startApi();
    const options = method === 'PATCH' ? { body: { carrier_name: 'x' } } : {};
    const { status, json } = await api.request(method, `${PATH}/${SYSTEM_CARRIER.id}`, options);

    expect(status).toBe(403);
    expect(json.detail).toContain('configuration');
  });
});

test('DELETE takes the id, answers 204 without a body, and the carrier is gone at once', async () => {
  const api = await startApi();
  const { id, voip_carrier_sid: sid } = await create(api);

  expect((await api.request('DELETE', `${PATH}/${sid}`)).status).toBe(404);
  expect(await api.request('DELETE', `${PATH}/${id}`)).toMatchObject({ status: 204, json: '' });
  expect((await api.request('DELETE', `${PATH}/${id}`)).status).toBe(404);
  expect(api.directory.carriers.registry.carrierFor('203.0.113.10')).toBeUndefined();
  expect(await api.store.carriers.all()).toEqual([]);
});

test('every route asks for a key', async () => {
  const api = await startApi();
  const headers = { authorization: '' };
  for (const [method, path] of [
    ['POST', PATH],
    ['GET', PATH],
    ['GET', `${PATH}/x`],
    ['PATCH', `${PATH}/x`],
    ['DELETE', `${PATH}/x`],
  ] as const) {
    expect((await api.request(method, path, { headers })).status).toBe(401);
  }
});

test.each([
  ['destination-not-allowed', 403],
  ['daily-cap-reached', 402],
  ['call-rate-exceeded', 429],
] as const)(
  'a call that is refused as %s is %d, names phone_number and leaves no record',
  async (code, status) => {
    const api = await startApi();
    api.gateway.refusal = new TrunklineError(code, 'phone_number is not called', {
      field: 'phone_number',
    });
    const answer = await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(answer.status).toBe(status);
    expect(answer.json.errors).toEqual([
      {
        path: 'phone_number',
        message: 'phone_number is not called',
        code: code.replaceAll('-', '_'),
      },
    ]);
    expect((await api.request('GET', '/v1/calls')).json.data).toEqual([]);
  },
);
