import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { DEFAULT_ACCEPT_LIMITS, SipAcceptGate } from '../../../src/io/sip-accept-gate.ts';

let remotePort = 1_024;

/** Connected, as far as anybody can tell. */
function connectionFrom(remoteAddress: string): Socket {
  const port = remotePort++;
  return Object.defineProperties(new Socket(), {
    remoteAddress: { value: remoteAddress },
    remotePort: { value: port },
    localPort: { value: 5_060 },
  });
}

test('the addresses of an IPv6 network share one limit: whoever has one has them all', () => {
  const gate = new SipAcceptGate(() => true, { ...DEFAULT_ACCEPT_LIMITS, maxPerAddress: 2 });

  const admitted = ['::1', '::2', '::3'].map((end) =>
    gate.admit(connectionFrom(`2001:db8:0:1${end}`)),
  );
  const elsewhere = gate.admit(connectionFrom('2001:db8:0:2::1'));

  expect(admitted).toEqual([true, true, false]);
  expect(elsewhere).toBe(true);
  expect(gate.refused).toBe(1);
});

test('a connection that ends makes room for one from its network', async () => {
  const gate = new SipAcceptGate(() => true, { ...DEFAULT_ACCEPT_LIMITS, maxPerAddress: 1 });
  const first = connectionFrom('192.0.2.7');
  gate.admit(first);
  const closed = new Promise((resolve) => first.once('close', resolve));
  first.destroy();
  await closed;

  expect(gate.admit(connectionFrom('192.0.2.7'))).toBe(true);
});

test('a source that is not allowed is closed and not counted', () => {
  const gate = new SipAcceptGate(() => false);
  const socket = connectionFrom('192.0.2.7');

  expect(gate.admit(socket)).toBe(false);
  expect(socket.destroyed).toBe(true);
  expect(gate.refused).toBe(0);
});
