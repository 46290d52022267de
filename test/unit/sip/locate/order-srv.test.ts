import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderSrv } from '../../../../src/sip/locate/order-srv.ts';

const record = fc.record({
  priority: fc.nat(3),
  weight: fc.nat(65_535),
  port: fc.nat(65_535),
  target: fc.string(),
});

test('every record comes once, by rising priority, whatever is drawn (RFC 2782)', () => {
  fc.assert(
    fc.property(
      fc.array(record),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      (all, draw) => {
        const ordered = orderSrv(all, () => draw);
        expect(new Set(ordered)).toEqual(new Set(all));
        expect(ordered).toHaveLength(all.length);
        const priorities = ordered.map(({ priority }) => priority);
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      },
    ),
  );
});

test('the first is drawn in proportion to the weights (RFC 2782)', () => {
  const targets = [60, 30, 10].map((weight) => ({
    priority: 1,
    weight,
    port: 1,
    target: `${weight}`,
  }));
  const firsts = new Map<string, number>();
  for (let step = 0; step < 1_000; step++) {
    const first = orderSrv(targets, () => step / 1_000)[0]?.target ?? '';
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
  }
  expect(firsts.get('60')).toBeGreaterThan(560);
  expect(firsts.get('30')).toBeGreaterThan(270);
  expect(firsts.get('10')).toBeGreaterThan(70);
});

test('a target of weight 0 is rarely the first, but sometimes (RFC 2782)', () => {
  const targets = [0, 100].map((weight) => ({ priority: 1, weight, port: 1, target: `${weight}` }));
  expect(orderSrv(targets, () => 0)[0]?.target).toBe('0');
  expect(orderSrv(targets, () => 0.5)[0]?.target).toBe('100');
});
