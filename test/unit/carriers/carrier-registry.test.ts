import { describe, expect, test } from 'vitest';
import { CarrierRegistry } from '../../../src/carriers/carrier-registry.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';

const a = carrierOf({ id: 'a', networks: ['203.0.113.0/24'] });
const b = carrierOf({
  id: 'b',
  networks: ['10.0.0.0/8'],
  gateways: [
    gatewayOf({ id: 'b1', host: '203.0.113.64', netmask: 28, inbound: true }),
    gatewayOf({ id: 'b2', host: '198.51.100.1' }),
    gatewayOf({ id: 'b3', host: '198.51.100.2', inbound: true, isActive: false }),
  ],
});
const registrar = gatewayOf({ id: 'r1', host: 'sip.reg.example' });
const reg = carrierOf({ id: 'reg', trunkType: 'reg', gateways: [registrar] });

describe('whose call it is', () => {
  test.each([
    ['203.0.113.1', 'a'],
    ['203.0.113.70', 'b'],
    ['10.1.2.3', 'b'],
    ['::ffff:10.0.0.1', 'b'],
    ['198.51.100.1', undefined],
    ['198.51.100.2', undefined],
    ['2001:db8::1', undefined],
    ['', undefined],
  ])('a call from %s belongs to %s', (address, id) => {
    expect(new CarrierRegistry([a, b]).carrierFor(address)?.id).toBe(id);
  });

  test('a trunk that we register with calls from where its registrar is', () => {
    const registry = new CarrierRegistry([reg]);
    registry.setResolved(new Map([['r1', ['192.0.2.9', '2001:db8::9']]]));

    expect(registry.carrierFor('192.0.2.9')?.id).toBe('reg');
    expect(registry.carrierFor('2001:db8::9')?.id).toBe('reg');
  });

  test('an auth trunk is found by the user name that its calls bring', () => {
    const inboundAuth = { username: 'trunk', password: 'secret' };
    const registry = new CarrierRegistry([
      carrierOf({ id: 'auth', trunkType: 'auth', inboundAuth }),
      carrierOf({ id: 'other', inboundAuth: { username: 'unused', password: 'x' } }),
    ]);

    expect(registry.carrierByInboundUser('trunk')?.inboundAuth?.password).toBe('secret');
    expect(registry.carrierByInboundUser('unused')).toBeUndefined();
  });
});

describe('a change', () => {
  test('takes effect and is told at once', () => {
    const registry = new CarrierRegistry([a]);
    const seen: (readonly string[])[] = [];
    const stop = registry.onChange(() => seen.push(registry.all.map(({ id }) => id)));
    registry.put(b);
    registry.put({ ...b, networks: ['192.0.2.0/24'] });

    expect(registry.carrierFor('192.0.2.1')?.id).toBe('b');
    expect(registry.carrierFor('10.0.0.1')).toBeUndefined();
    registry.remove('b');
    registry.remove('unknown');
    stop();
    registry.put(b);

    expect(seen).toEqual([['a', 'b'], ['a', 'b'], ['a']]);
    expect(registry.find('b')).toBe(b);
  });

  test('the allow-list has every network once', () => {
    const registry = new CarrierRegistry([a, { ...a, id: 'again' }, b]);

    expect(registry.allowList()).toEqual(['203.0.113.0/24', '10.0.0.0/8', '203.0.113.64/28']);
  });
});
