import { expect, test } from 'vitest';
import { carrierOfConfiguration } from '../../../src/carriers/configured-carrier.ts';
import { configSchema } from '../../../src/config/schema.ts';

function configured(settings: object) {
  const { carriers } = configSchema.parse({ carriers: [{ name: 'telco', ...settings }] });
  const [first] = carriers;
  if (first === undefined) throw new Error('there is one');
  return carrierOfConfiguration(first);
}

test('the defaults of the configuration', () => {
  expect(configured({ inbound: ['192.0.2.0/24'] })).toEqual({
    id: expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    name: 'telco',
    trunkType: 'static_ip',
    networks: ['192.0.2.0/24'],
    gateways: [],
    format: { e164LeadingPlus: true },
    callerId: 'from',
    dtmfType: 'rfc2833',
    headers: {},
    allowedRedirectHosts: [],
    passIdentity: true,
    limitInbound: true,
    isDefault: false,
  });
});

test('ids stay the same from start to start', () => {
  const gateway = { host: 'sip.example' };
  const [first, second] = [configured({ gateway }), configured({ gateway, maxCalls: 3 })];

  expect(second.id).toBe(first.id);
  expect(second.gateways[0]?.id).toBe(first.gateways[0]?.id);
  expect(second.gateways[0]?.id).not.toBe(first.id);
});

test('gateway is the first, gateways are the others', () => {
  const { gateways } = configured({
    gateway: { host: 'a.example', port: 5070, techPrefix: '9' },
    gateways: [{ host: '2001:db8::1', prefixes: ['+49'], e164LeadingPlus: false }],
  });

  expect(gateways).toEqual([
    expect.objectContaining({
      host: 'a.example',
      port: 5070,
      format: { techPrefix: '9' },
      outbound: true,
      inbound: false,
    }),
    expect.objectContaining({
      host: '2001:db8::1',
      netmask: 128,
      prefixes: ['49'],
      format: { e164LeadingPlus: false },
    }),
  ]);
});

test.each([
  [{ registration: { username: 'u', password: 'p' } }, 'reg'],
  [{ inboundAuth: { username: 'u', password: 'p' } }, 'auth'],
  [{ username: 'u', password: 'p' }, 'static_ip'],
])('%j is a trunk of type %s', (settings, trunkType) => {
  expect(configured(settings).trunkType).toBe(trunkType);
});

test('user name, password and realm are for outgoing calls', () => {
  const account = { username: 'u', password: 'p', realm: 'telco.example' };

  expect(configured(account).credentials).toEqual(account);
});
