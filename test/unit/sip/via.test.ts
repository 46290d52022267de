import { describe, expect, test } from 'vitest';
import { responseAddress } from '../../../src/sip/response-address.ts';
import { parseVia, stampVia } from '../../../src/sip/via.ts';

const SOURCE = { address: '192.0.2.7', port: 4_000 };

describe('parseVia', () => {
  test('reads white space wherever it may stand (RFC 4475 3.1.1.1)', () => {
    const via = parseVia('SIP  / 2.0  / tcp     host.example  :  5070 ;  branch  =   z9hG4bK9ikj8');

    expect(via).toMatchObject({ transport: 'TCP', host: 'host.example', port: 5_070 });
    expect(via?.parameters.get('branch')).toBe('z9hG4bK9ikj8');
  });

  test.each(['', 'SIP/2.0/UDP', 'SIP/2.0/UDP h:99999', 'SIP/2.0/UDP h;;', 'UDP h'])(
    'refuses %j',
    (text) => {
      expect(parseVia(text)).toBeUndefined();
    },
  );

  test('takes linear time over a line of spaces', () => {
    expect(parseVia(`SIP/2.0/UDP h${' '.repeat(60_000)}x`)).toBeUndefined();
  });
});

describe('stampVia', () => {
  test.each([
    ['SIP/2.0/UDP 192.0.2.7;branch=b', 'SIP/2.0/UDP 192.0.2.7;branch=b'],
    ['SIP/2.0/UDP h;branch=b', 'SIP/2.0/UDP h;branch=b;received=192.0.2.7'],
    ['SIP/2.0/UDP h;rport;branch=b', 'SIP/2.0/UDP h;branch=b;received=192.0.2.7;rport=4000'],
    ['SIP/2.0/UDP h;received=6.6.6.6;branch=b', 'SIP/2.0/UDP h;branch=b;received=192.0.2.7'],
  ])('%s becomes %s (RFC 3261 18.2.1, RFC 3581 4)', (before, after) => {
    expect(stampVia(before, SOURCE, false)).toBe(after);
  });

  test('shows an application the port even when the sender did not ask', () => {
    expect(stampVia('SIP/2.0/UDP 192.0.2.7;branch=b', SOURCE, true)).toContain(';rport=4000');
  });
});

describe('responseAddress', () => {
  const source = {
    transport: 'udp',
    host: '192.0.2.7',
    port: 4_000,
    connection: undefined,
  } as const;
  const to = (text: string, from: Parameters<typeof responseAddress>[1] = source) => {
    const via = parseVia(text);
    return via === undefined ? undefined : responseAddress(via, from);
  };

  test.each([
    ['SIP/2.0/UDP h;branch=b', 5_060],
    ['SIP/2.0/UDP h:5090;branch=b', 5_090],
    ['SIP/2.0/UDP h:5090;branch=b;rport', 4_000],
    ['SIP/2.0/UDP h:5090;branch=b;maddr=255.255.255.255', 5_090],
  ])('%s is answered at the source, port %i (RFC 3261 18.2.2, RFC 3581 4)', (via, port) => {
    expect(to(via)).toMatchObject({ host: '192.0.2.7', port });
  });

  test('over a stream it is the connection, or a new one to the sent-by port', () => {
    const tcp = { ...source, transport: 'tcp', connection: 3 } as const;

    expect(to('SIP/2.0/TCP h:5090;rport', tcp)).toMatchObject({ connection: 3, port: 5_090 });
  });
});
