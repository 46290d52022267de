import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Carrier, Gateway } from '../../../src/carriers/carrier.ts';
import { type RouteQuery, routeList } from '../../../src/carriers/route-list.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';

const NUMBER = '+493012345678';

function order(
  carriers: readonly Carrier[],
  query: Partial<RouteQuery> = {},
  { down = [], random = () => 0 }: { down?: readonly string[]; random?: () => number } = {},
): readonly string[] {
  const routes = routeList(
    carriers,
    { number: NUMBER, accountId: 'me', ...query },
    { random, isDown: (id) => down.includes(id) },
  );
  return routes.map(({ gateway }) => gateway.id);
}

function withGateways(...gateways: readonly Gateway[]): Carrier {
  return carrierOf({ id: 'system', gateways });
}

describe('which carrier', () => {
  const system = carrierOf({ id: 'system', gateways: [gatewayOf({ id: 's' })] });
  const mine = carrierOf({ id: 'mine', accountId: 'me', gateways: [gatewayOf({ id: 'm' })] });
  const preferred = { ...mine, id: 'd', isDefault: true, gateways: [gatewayOf({ id: 'd' })] };
  const foreign = { ...mine, id: 'f', accountId: 'other', gateways: [gatewayOf({ id: 'f' })] };
  const all = [system, foreign, mine, preferred];

  test.each([
    ['the one that was asked for, and no other', all, { carrierId: 'mine' }, ['m']],
    ['one of the configuration can be asked for', all, { carrierId: 'system' }, ['s']],
    ['that of another account cannot', all, { carrierId: 'f' }, []],
    ['then the default ones of the account', all, {}, ['d']],
    ['then what the account has', [system, foreign, mine], {}, ['m']],
    ['then those of the configuration', [system, foreign], {}, ['s']],
    ['and without any, none', [foreign], {}, []],
  ])('%s', (_name, carriers, query, expected) => {
    expect(order(carriers, query)).toEqual(expected);
  });

  test('a carrier that does not take the number is passed over', () => {
    const french = { ...mine, gateways: [gatewayOf({ id: 'fr', prefixes: ['33'] })] };

    expect(order([french, system])).toEqual(['s']);
  });
});

describe('which gateway', () => {
  test('the longest prefix, then the lowest priority', () => {
    const carrier = withGateways(
      gatewayOf({ id: 'any', priority: 1 }),
      gatewayOf({ id: 'berlin', prefixes: ['33', '4930'], priority: 50 }),
      gatewayOf({ id: 'germany-2', prefixes: ['49'], priority: 20 }),
      gatewayOf({ id: 'germany-1', prefixes: ['49', '4'], priority: 3 }),
      gatewayOf({ id: 'france', prefixes: ['33'] }),
      gatewayOf({ id: 'inbound', outbound: false }),
      gatewayOf({ id: 'off', isActive: false }),
    );

    expect(order([carrier])).toEqual(['berlin', 'germany-1', 'germany-2', 'any']);
  });

  test('one that is down comes last, and is tried when all are', () => {
    const carrier = withGateways(
      gatewayOf({ id: 'a', priority: 1 }),
      gatewayOf({ id: 'b', priority: 2 }),
    );

    expect(order([carrier], {}, { down: ['a'] })).toEqual(['b', 'a']);
    expect(order([carrier], {}, { down: ['a', 'b'] })).toEqual(['a', 'b']);
  });

  test('chance by weight among equals (RFC 2782)', () => {
    const carrier = withGateways(
      gatewayOf({ id: 'a', weight: 70 }),
      gatewayOf({ id: 'b', weight: 30 }),
      gatewayOf({ id: 'never', weight: 0 }),
    );
    const first = Array.from({ length: 100 }, (_, index) => {
      return order([carrier], {}, { random: () => index / 100 })[0];
    });

    expect(first.filter((id) => id === 'a')).toHaveLength(70);
    expect(first.filter((id) => id === 'b')).toHaveLength(30);
  });

  test('every gateway is in the list once, whatever chance says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ weight: fc.nat(100), priority: fc.nat(2) }), { maxLength: 12 }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
        (settings, chances) => {
          let drawn = 0;
          const random = () => chances[drawn++ % chances.length] ?? 0;
          const gateways = settings.map((each, index) => gatewayOf({ id: `g${index}`, ...each }));
          const ids = order([withGateways(...gateways)], {}, { random });

          expect(ids.toSorted()).toEqual(gateways.map(({ id }) => id).toSorted());
        },
      ),
    );
  });

  test('the list ends where nobody waits any more', () => {
    const gateways = Array.from({ length: 40 }, (_, index) => gatewayOf({ id: `g${index}` }));

    expect(order([withGateways(...gateways)])).toHaveLength(12);
  });
});

test('the number is written as the gateway wants it', () => {
  const carrier = carrierOf({
    id: 'a',
    format: { e164LeadingPlus: true, techPrefix: '1' },
    gateways: [gatewayOf({ id: 'g', format: { e164LeadingPlus: false } })],
  });
  const query = { number: NUMBER, accountId: 'me' };
  const [route] = routeList([carrier], query, { random: () => 0, isDown: () => true });

  expect(route).toMatchObject({ toUser: '1493012345678', isDown: true });
});
