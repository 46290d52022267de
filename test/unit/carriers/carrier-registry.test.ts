import { describe, expect, test } from 'vitest';
import { CarrierRegistry } from '../../../src/carriers/carrier-registry.ts';

const gateway = { host: 'sip.b.example', port: 5060, transport: 'udp' } as const;

const registry = new CarrierRegistry([
  { name: 'a', inbound: ['203.0.113.0/24', '198.51.100.7'], e164LeadingPlus: true },
  {
    name: 'b',
    inbound: ['203.0.113.0/24', '10.0.0.0/8'],
    gateway,
    e164LeadingPlus: false,
    techPrefix: '99#',
  },
  { name: 'c', inbound: [], gateway: { ...gateway, host: 'c.example' }, e164LeadingPlus: true },
]);

describe('carriers', () => {
  test.each([
    ['203.0.113.1', 'a'],
    ['203.0.113.255', 'a'],
    ['198.51.100.7', 'a'],
    ['198.51.100.8', undefined],
    ['10.255.0.1', 'b'],
    ['::ffff:10.0.0.1', 'b'],
    ['203.0.114.1', undefined],
    ['2001:db8::1', undefined],
    ['not an address', undefined],
    ['', undefined],
  ])('a call from %s belongs to %s', (address, name) => {
    expect(registry.carrierFor(address)?.name).toBe(name);
  });

  test('the allow-list has every network once', () => {
    expect(registry.allowList()).toEqual(['203.0.113.0/24', '198.51.100.7', '10.0.0.0/8']);
  });

  test('a number goes to the first carrier with a gateway, as that one wants it dialled', () => {
    expect(registry.routeFor('+15551234567')).toMatchObject({
      carrier: { name: 'b' },
      gateway,
      toUser: '99#15551234567',
    });
  });

  test('without a gateway there is no route', () => {
    const inboundOnly = new CarrierRegistry([{ name: 'a', inbound: [], e164LeadingPlus: true }]);

    expect(inboundOnly.routeFor('+15551234567')).toBeUndefined();
  });
});
