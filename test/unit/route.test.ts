import { expect, test } from 'vitest';
import type { CallSpec } from '../../src/call/call-spec.ts';
import type { Carrier } from '../../src/carriers/carrier.ts';
import { CarrierRegistry } from '../../src/carriers/carrier-registry.ts';
import { NumberDirectory, type NumberEntry } from '../../src/numbers/number-directory.ts';
import { OutgoingRoutes } from '../../src/route.ts';
import { carrierOf, gatewayOf } from '../support/carriers/carriers.ts';

function routesOf(carriers: readonly Carrier[], numbers: readonly NumberEntry[] = []) {
  return new OutgoingRoutes({
    registry: new CarrierRegistry(carriers),
    numbers: new NumberDirectory(numbers),
    accountId: 'me',
    isDown: () => false,
    nextHopOf: () => undefined,
    mayDivert: () => true,
  });
}

const CALL = { from: '+493012345', to: '+4930999999' } as CallSpec;
const gateways = [gatewayOf({ id: 'g', host: '192.0.2.1', port: 5070, transport: 'tcp' })];

test('a target has everything that signalling needs', () => {
  const carrier = carrierOf({
    id: 'a',
    name: 'telco',
    gateways,
    callerId: 'p-asserted-identity',
    fromDomain: 'us.example',
    credentials: { username: 'u', password: 'p' },
    outboundProxy: 'sip:edge.example',
    headers: { 'X-Customer': '7' },
    diversion: '+4930111',
  });

  expect(routesOf([carrier]).routeFor(CALL)).toEqual({
    carrier: 'telco',
    targets: [
      {
        id: 'g',
        host: '192.0.2.1',
        port: 5070,
        transport: 'tcp',
        outboundProxy: 'sip:edge.example',
        toUser: '4930999999',
        fromUser: '+493012345',
        callerId: 'p-asserted-identity',
        fromDomain: 'us.example',
        credentials: { username: 'u', password: 'p' },
        headers: {
          'X-Customer': '7',
          Diversion: '<sip:+4930111@us.example>;reason=unconditional',
        },
        carrier: 'telco',
        dtmfType: 'rfc2833',
        media: {},
        reserve: expect.any(Function),
        mayCall: expect.any(Function),
      },
    ],
  });
});

test('without a gateway there is no route', () => {
  expect(routesOf([carrierOf({ id: 'a' })]).routeFor(CALL)).toBeUndefined();
});

test('the number that calls names its carrier', () => {
  const carriers = ['a', 'b'].map((id) =>
    carrierOf({ id, gateways: [gatewayOf({ id: `${id}-gateway` })] }),
  );
  const routes = routesOf(carriers, [{ number: CALL.from, agent: 'x', carrier: 'b' }]);

  expect(routes.routeFor(CALL)?.targets.map(({ id }) => id)).toEqual(['b-gateway']);
});

test('gateway and carrier have places, which are given back', () => {
  const two = [...gateways, gatewayOf({ id: 'h' })];
  const routes = routesOf([carrierOf({ id: 'a', maxCalls: 1, gateways: two })]);
  const [first, second] = routes.routeFor(CALL)?.targets ?? [];
  const held = first?.reserve?.();

  expect(routes.limits.inUse('a')).toBe(1);
  expect(second?.reserve?.()).toMatchObject({
    refused: 'carrier a has all of its 1 calls in use',
  });
  if (held !== undefined && 'release' in held) held.release();
  expect(routes.limits.inUse('a')).toBe(0);
});

test('a gateway has codecs of its own, its carrier those of the others', () => {
  const two = [...gateways, gatewayOf({ id: 'h', codecs: ['opus', 'PCMU'] })];
  const carrier = carrierOf({ id: 'a', codecs: ['PCMA', 'G722'], gateways: two });
  const targets = routesOf([carrier]).routeFor(CALL)?.targets ?? [];

  expect(new Map(targets.map(({ id, media }) => [id, media?.codecs]))).toEqual(
    new Map([
      ['g', ['PCMA', 'G722']],
      ['h', ['opus', 'PCMU']],
    ]),
  );
});

test('a gateway that takes nothing we speak is passed over, and says why', () => {
  const carrier = carrierOf({ id: 'a', codecs: ['iLBC'], gateways });
  const [target] = routesOf([carrier]).routeFor(CALL)?.targets ?? [];

  expect(target?.reserve?.()).toEqual({
    refused: 'carrier a takes no codec that is spoken here',
  });
});

test('Identity goes only to carriers that are to have it', () => {
  const carrier = carrierOf({ id: 'a', passIdentity: false, gateways });

  expect(routesOf([carrier]).routeFor(CALL)?.targets[0]?.withheldHeaders).toEqual(['identity']);
});

test('the way that a registrar names is taken, unless the settings name one', () => {
  const routeThrough = (outboundProxy?: string) =>
    new OutgoingRoutes({
      registry: new CarrierRegistry([
        carrierOf({ id: 'a', gateways, ...(outboundProxy && { outboundProxy }) }),
      ]),
      numbers: new NumberDirectory([]),
      accountId: 'me',
      isDown: () => false,
      mayDivert: () => true,
      nextHopOf: (id) => `sip:edge-of-${id}.example;lr`,
    }).routeFor(CALL)?.targets[0]?.outboundProxy;

  expect(routeThrough()).toBe('sip:edge-of-g.example;lr');
  expect(routeThrough('sip:ours.example')).toBe('sip:ours.example');
});

test.each([
  ['4930123', ['+4930999999', '4930123']],
  ['+49-30-123', ['+4930999999', '+4930123']],
  ['88004930123', ['+4930999999', '+4930123']],
  ['88030123', ['+4930999999', '+4930123']],
  ['*72881612345678', ['+4930999999', '*72881612345678']],
  ['alice', undefined],
])('a redirect to %s is a question of %j', (user, expected) => {
  const asked: (readonly string[])[] = [];
  const national = user === '88030123' ? { nationalCountry: 'DE' } : {};
  const format = { e164LeadingPlus: false, techPrefix: '88', ...national };
  const routes = new OutgoingRoutes({
    registry: new CarrierRegistry([carrierOf({ id: 'a', gateways, format })]),
    numbers: new NumberDirectory([]),
    accountId: 'me',
    isDown: () => false,
    nextHopOf: () => undefined,
    mayDivert: (...numbers) => {
      asked.push(numbers);
      return false;
    },
  });
  const mayCall = routes.routeFor(CALL)?.targets[0]?.mayCall?.(user);

  expect(asked).toEqual(expected === undefined ? [] : [expected]);
  expect(mayCall).toBe(expected === undefined);
});
