import { expect, test } from 'vitest';
import { type RegisterAsk, Registrations } from '../../../src/carriers/registrations.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';
import { VirtualTiming } from '../../support/carriers/virtual-timing.ts';

const registration = { username: 'u', password: 'secret', expiresSeconds: 600 };
const carrier = carrierOf({
  id: 'telco',
  trunkType: 'reg',
  registration,
  gateways: [gatewayOf({ id: 'g', host: 'sip.example' })],
});

function registering(status = 200) {
  const timing = new VirtualTiming();
  const asks: RegisterAsk[] = [];
  const lines: string[] = [];
  const log = (fields: object, message: string) => lines.push(message + JSON.stringify(fields));
  const registrations = new Registrations({
    timing,
    random: () => 1,
    register: async (ask) => {
      asks.push(ask);
      return { status, reason: 'Said', expiresSeconds: 600 };
    },
    log: { info: log, warn: log },
  });
  return { timing, asks, lines, registrations };
}

test('a reg trunk is registered with its account, always under the same Call-ID', async () => {
  const { timing, asks, lines, registrations } = registering();
  registrations.keep([carrier, carrierOf({ id: 'static' })]);
  await timing.advance(500_000);

  expect(asks).toHaveLength(2);
  expect(asks[0]).toEqual({
    host: 'sip.example',
    user: 'u',
    domain: 'sip.example',
    contactUser: 'u',
    credentials: { username: 'u', password: 'secret' },
    expiresSeconds: 600,
    callId: expect.any(String),
  });
  expect(asks[1]?.callId).toBe(asks[0]?.callId);
  expect(registrations.snapshotOf('telco')).toMatchObject({ state: 'registered' });
  expect(lines).toEqual(['registered with the carrier{"carrier":"telco"}']);
});

test('user and domain are those of the settings', async () => {
  const { timing, asks, registrations } = registering();
  const settings = { ...registration, realm: 'realm.example', fromUser: 'me' };
  registrations.keep([{ ...carrier, registration: settings }]);
  await timing.advance(1);

  expect(asks[0]).toMatchObject({
    user: 'me',
    contactUser: 'me',
    domain: 'realm.example',
    credentials: { realm: 'realm.example' },
  });
});

test('what is not wanted any more is taken back, and so is everything at the end', async () => {
  const { timing, asks, registrations } = registering();
  registrations.keep([carrier, { ...carrier, id: 'other' }]);
  await timing.advance(1);
  registrations.keep([carrier]);
  await timing.advance(1);
  expect(asks.map(({ expiresSeconds }) => expiresSeconds)).toEqual([600, 600, 0]);
  await registrations.close();

  expect(asks.map(({ expiresSeconds }) => expiresSeconds)).toEqual([600, 600, 0, 0]);
  expect(timing.pending).toBe(0);
});

test('a change of the account registers anew, after the old one was taken back', async () => {
  const { timing, asks, registrations } = registering();
  registrations.keep([carrier]);
  await timing.advance(1);
  registrations.keep([{ ...carrier, name: 'renamed' }]);
  registrations.keep([{ ...carrier, registration: { ...registration, password: 'new' } }]);
  await timing.advance(1);

  expect(asks.map((each) => [each.credentials.password, each.expiresSeconds])).toEqual([
    ['secret', 600],
    ['secret', 0],
    ['new', 600],
  ]);
});

test('refused: said once, without the password', async () => {
  const { timing, lines, registrations } = registering(403);
  registrations.keep([carrier]);
  await timing.advance(2_000_000);

  expect(lines).toEqual([
    'not registered with the carrier{"carrier":"telco","state":"failed","reason":"403 Said"}',
    'not registered with the carrier{"carrier":"telco","state":"refused","reason":"403 Said"}',
  ]);
  registrations.networkChanged();
  await registrations.close();
});

test('requests to a registrar take the way that it names, while we are registered (RFC 3608)', async () => {
  const timing = new VirtualTiming();
  const log = { info: () => undefined, warn: () => undefined };
  const serviceRoute = ['<sip:edge.example;lr>', '<sip:core.example;lr>'];
  const registrations = new Registrations({
    timing,
    random: () => 1,
    register: async () => ({ status: 200, reason: 'OK', expiresSeconds: 600, serviceRoute }),
    log,
  });
  registrations.keep([carrier]);
  expect(registrations.nextHopOf('g')).toBeUndefined();
  await timing.advance(1);

  expect(registrations.nextHopOf('g')).toBe('sip:edge.example;lr');
  expect(registrations.nextHopOf('another')).toBeUndefined();
  void registrations.close();
  expect(registrations.nextHopOf('g')).toBeUndefined();
});
