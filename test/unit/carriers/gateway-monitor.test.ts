import { expect, test } from 'vitest';
import { GatewayMonitor, type PingOutcome } from '../../../src/carriers/gateway-monitor.ts';
import type { GatewayTarget } from '../../../src/carriers/sip-target.ts';
import { carrierOf, gatewayOf } from '../../support/carriers/carriers.ts';
import { VirtualTiming } from '../../support/carriers/virtual-timing.ts';

function monitored(answer: (target: GatewayTarget) => Promise<PingOutcome>) {
  const timing = new VirtualTiming();
  const lines: string[] = [];
  const pinged: GatewayTarget[] = [];
  const monitor = new GatewayMonitor({
    timing,
    random: () => 0.5,
    ping: (target) => {
      pinged.push(target);
      return answer(target);
    },
    log: {
      info: (fields, message) => lines.push(`info ${message} ${JSON.stringify(fields)}`),
      warn: (fields, message) => lines.push(`warn ${message} ${JSON.stringify(fields)}`),
    },
  });
  return { timing, lines, pinged, monitor };
}

const OK = { status: 200, reason: 'OK', rttMs: 3 };
const GONE = { status: 408, reason: 'Request Timeout', rttMs: 4_000 };
const gateway = gatewayOf({ id: 'g', host: 'sip.example', port: 5070, transport: 'tcp' });
const carrier = carrierOf({ id: 'telco', gateways: [gateway], outboundProxy: 'sip:edge.example' });

test('a gateway is asked where its calls go', async () => {
  const { timing, pinged, monitor } = monitored(async () => OK);
  monitor.watch([carrier]);
  await timing.advance(1_000);

  expect(pinged).toEqual([
    { host: 'sip.example', port: 5070, transport: 'tcp', outboundProxy: 'sip:edge.example' },
  ]);
  expect(monitor.snapshotOf('g')).toMatchObject({ state: 'up', lastPing: { rttMs: 3 } });
});

test('the log says once that it is gone and once that it is back', async () => {
  let outcome = GONE;
  const { timing, lines, monitor } = monitored(async () => outcome);
  monitor.watch([carrier]);
  await timing.advance(120_000);
  expect(monitor.isDown('g')).toBe(true);
  outcome = OK;
  await timing.advance(120_000);

  expect(monitor.isDown('g')).toBe(false);
  expect(lines).toEqual([
    'warn gateway is down {"carrier":"telco","gateway":"sip.example","reason":"408 Request Timeout"}',
    'info gateway is up {"carrier":"telco","gateway":"sip.example","reason":"200 OK"}',
  ]);
});

test('a change that does not concern where it is keeps what is known', async () => {
  const { timing, monitor } = monitored(async () => OK);
  monitor.watch([carrier]);
  await timing.advance(1_000);
  monitor.watch([{ ...carrier, gateways: [{ ...gateway, priority: 1 }] }]);
  expect(monitor.snapshotOf('g')?.state).toBe('up');
  monitor.watch([{ ...carrier, gateways: [{ ...gateway, port: 5071 }] }]);

  expect(monitor.snapshotOf('g')?.state).toBe('unknown');
});

test.each([
  ['removed', []],
  ['not active', [{ ...gateway, isActive: false }]],
  ['for calls in only', [{ ...gateway, outbound: false }]],
])('one that is %s is not asked any more', async (_name, gateways) => {
  const { timing, pinged, monitor } = monitored(async () => OK);
  monitor.watch([carrier]);
  monitor.watch([{ ...carrier, gateways }]);
  await timing.advance(60_000);

  expect(pinged).toEqual([]);
  expect(timing.pending).toBe(0);
  expect(monitor.snapshotOf('g')).toBeUndefined();
});

test('calls count, those to nobody do not', () => {
  const { monitor } = monitored(async () => OK);
  monitor.watch([carrier]);
  for (const id of ['g', 'g', 'unknown']) monitor.reportCall(id, { status: 503, reason: 'Full' });

  expect(monitor.isDown('g')).toBe(true);
  expect(monitor.isDown('unknown')).toBe(false);
  monitor.close();
});
