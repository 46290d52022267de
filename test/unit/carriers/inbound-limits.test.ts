import { expect, test } from 'vitest';
import { CallLimits } from '../../../src/carriers/call-limits.ts';
import { InboundLimits } from '../../../src/carriers/inbound-limits.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';

const NOW = monotonicMs(0);

test('the calls of a carrier in both directions share its places: one too many is busy', () => {
  const limits = new CallLimits();
  const inbound = new InboundLimits(limits);
  const carrier = carrierOf({ id: 'c', maxCalls: 2 });
  limits.reserve([{ key: 'c', name: 'outgoing' }], NOW);

  expect(inbound.take('a', carrier, '192.0.2.9', NOW)).toBeUndefined();
  expect(inbound.take('b', carrier, '192.0.2.9', NOW)).toEqual({ reject: 486 });
  inbound.release('a');
  inbound.release('a');
  expect(limits.inUse('c')).toBe(1);
  expect(inbound.take('b', carrier, '192.0.2.9', NOW)).toBeUndefined();
});

test('too many within a second may come back in a second (RFC 3261 section 21.5.4)', () => {
  const inbound = new InboundLimits(new CallLimits());
  const carrier = carrierOf({ id: 'c', maxCallsPerSecond: 1 });
  inbound.take('a', carrier, '192.0.2.9', NOW);

  expect(inbound.take('b', carrier, '192.0.2.9', NOW)).toEqual({
    reject: 503,
    headers: { 'Retry-After': '1' },
  });
  expect(inbound.take('b', carrier, '192.0.2.9', monotonicMs(1_000))).toBeUndefined();
});

test('the gateway that calls has limits of its own', () => {
  const inbound = new InboundLimits(new CallLimits());
  const gateways = [gatewayOf({ id: 'g', host: '192.0.2.1', maxCalls: 1 }), gatewayOf({ id: 'h' })];
  const carrier = carrierOf({ id: 'c', gateways });
  inbound.take('a', carrier, '192.0.2.1', NOW);

  expect(inbound.take('b', carrier, '192.0.2.1', NOW)).toEqual({ reject: 486 });
  expect(inbound.take('b', carrier, '192.0.2.2', NOW)).toBeUndefined();
});

test('a carrier whose limits are for outgoing calls only may call as often as it likes', () => {
  const limits = new CallLimits();
  const inbound = new InboundLimits(limits);
  const carrier = carrierOf({ id: 'c', maxCalls: 1, limitInbound: false });
  const taken = ['a', 'b'].map((id) => inbound.take(id, carrier, '192.0.2.9', NOW));

  expect(taken).toEqual([undefined, undefined]);
  expect(limits.inUse('c')).toBe(0);
});
