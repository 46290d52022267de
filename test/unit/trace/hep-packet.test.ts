import { expect, test } from 'vitest';
import { hepPacket } from '../../../src/trace/hep-packet.ts';
import { captured } from '../../support/trace/messages.ts';

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** HEP 3, revision 12: every chunk is vendor 0000, type, length with these six octets, value. */
const chunk = (type: string, value: string) =>
  `0000${type}${(6 + value.length / 2).toString(16).padStart(4, '0')}${value}`;

test('a received message, octet for octet (HEP 3 section 3)', () => {
  const packet = hepPacket(captured('BYE', { atUs: 1_700_000_000_123_456 }), 'call-1', {
    captureId: 2_001,
    password: 'pw',
  });
  const chunks = [
    chunk('0001', '02'),
    chunk('0003', 'cb007107'),
    chunk('0004', 'c0000201'),
    chunk('0002', '11'),
    chunk('0007', '13ce'),
    chunk('0008', '13c4'),
    chunk('0009', '6553f100'),
    chunk('000a', '0001e240'),
    chunk('000b', '01'),
    chunk('000c', '000007d1'),
    chunk('000e', Buffer.from('pw').toString('hex')),
    chunk('0011', Buffer.from('call-1').toString('hex')),
    chunk('000f', Buffer.from('BYE').toString('hex')),
  ].join('');
  const length = (6 + chunks.length / 2).toString(16).padStart(4, '0');

  expect(hex(packet)).toBe(`48455033${length}${chunks}`);
});

test('a sent message goes from us, over IPv6 with its own chunks', () => {
  const message = captured('BYE', {
    direction: 'out',
    transport: 'tls',
    local: { host: '2001:db8::1', port: 5061 },
    remote: { host: '192.0.2.9', port: 5061 },
  });
  const packet = hex(hepPacket(message, 'c', { captureId: 1 }));

  expect(packet).toContain(chunk('0001', '0a'));
  expect(packet).toContain(chunk('0005', '20010db8000000000000000000000001'));
  expect(packet).toContain(chunk('0006', '00000000000000000000ffffc0000209'));
  expect(packet).not.toContain('0000000e');
});

test.each([
  ['udp', '11'],
  ['tcp', '06'],
  ['tls', '16'],
  ['ws', '06'],
  ['wss', '32'],
] as const)('%s is marked as protocol %s', (transport, protocol) => {
  expect(hex(hepPacket(captured('x', { transport }), 'c', { captureId: 1 }))).toContain(
    chunk('0002', protocol),
  );
});

test('a packet fits into a datagram: the payload is cut', () => {
  expect(hepPacket(captured('x'.repeat(65_535)), 'c', { captureId: 1 })).toHaveLength(65_507);
});

test('without an IP address there is no packet', () => {
  expect(
    hepPacket(captured('x', { remote: { host: 'name', port: 1 } }), 'c', { captureId: 1 }),
  ).toBeUndefined();
});
