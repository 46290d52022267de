import { expect, test } from 'vitest';
import { pcapOf } from '../../../src/trace/pcap.ts';
import { captured } from '../../support/trace/messages.ts';

function file(text: string, more: Parameters<typeof captured>[1] = {}): string {
  const { bytes: _, ...message } = captured(text, { atUs: 1_700_000_000_123_456, ...more });
  const ladder = { messages: [{ ...message, text }], omitted: 0, omittedAfter: 1 };
  return Buffer.from(pcapOf(ladder)).toString('hex');
}

const FILE_HEADER =
  'a1b2c3d4' + '0002' + '0004' + '00000000' + '00000000' + '00040000' + '00000065';

test('an IPv4 packet, octet for octet (RFC 791, RFC 768)', () => {
  const record = '6553f100' + '0001e240' + '0000001f' + '0000001f';
  const ip = '4500001f' + '00004000' + '4011' + '3cc5' + 'cb007107' + 'c0000201';
  const udp = '13ce' + '13c4' + '000b' + '52e3' + '425945';

  expect(file('BYE')).toBe(FILE_HEADER + record + ip + udp);
});

test('with one IPv6 end both are IPv6, the other one mapped (RFC 8200, RFC 4291 section 2.5.5.2)', () => {
  const written = file('BYE', {
    direction: 'out',
    local: { host: '2001:db8::1', port: 5061 },
    remote: { host: '192.0.2.9', port: 5061 },
  });

  expect(written.slice(48 + 32, 48 + 32 + 80)).toBe(
    '60000000' +
      '000b' +
      '11' +
      '40' +
      '20010db8000000000000000000000001' +
      '00000000000000000000ffffc0000209',
  );
});

test('an address that is none becomes 0.0.0.0, a message beyond a datagram is cut', () => {
  expect(file('BYE', { remote: { host: 'name', port: 1 } })).toContain('00000000c0000201');
  expect(file('x'.repeat(70_000)).length / 2).toBe(24 + 16 + 65_535);
});
