import { expect, test } from 'vitest';
import { noBytes } from '../../../../src/core/bytes.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import { ProxyBranches } from '../../../../src/sip/proxy/proxy-branch.ts';
import { forwardStray } from '../../../../src/sip/proxy/stray-response.ts';

const COMMON = [
  ['Call-ID', 'c'],
  ['CSeq', '1 INVITE'],
] as const;

/** Where a 200 goes whose next Via is this one, sealed by us. */
function wayBack(via: string, statusCode = 200, method = 'INVITE') {
  const branches = new ProxyBranches('secret');
  const body = noBytes();
  const request = { type: 'request', method: 'INVITE', uri: 'sip:a', body } as const;
  const headers = Headers.of(['Via', via], ...COMMON);
  const branch = branches.create('u', branches.loopHash(headers, 'sip:a', []), {
    ...request,
    headers,
  });
  const top = `SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}`;
  const response = { type: 'response', statusCode, reason: 'OK', body } as const;
  const stray = {
    ...response,
    headers: Headers.of(['Via', top], ['Via', via], ['Call-ID', 'c'], ['CSeq', `1 ${method}`]),
  };
  const { transport, host, port } = forwardStray(stray, branches)?.to ?? {};
  return [transport, host, port];
}

test.each([
  ['UDP 192.0.2.1:5070', ['udp', '192.0.2.1', 5_070]],
  ['UDP 192.0.2.1', ['udp', '192.0.2.1', 5_060]],
  ['UDP phone.example:5070;rport=6000;received=192.0.2.1', ['udp', '192.0.2.1', 6_000]],
  ['UDP [2001:db8::1]:5070;received=2001:db8::2', ['udp', '2001:db8::2', 5_070]],
  // A connection that is gone is opened to where its owner listens.
  ['TCP 192.0.2.1:5070;rport=6000', ['tcp', '192.0.2.1', 5_070]],
  ['TLS 192.0.2.1', ['tls', '192.0.2.1', 5_061]],
  ['SCTP 192.0.2.1', [undefined, undefined, undefined]],
])('a response for %s goes to %j (RFC 3261 18.2.2, RFC 3581 4)', (sentBy, expected) => {
  expect(wayBack(`SIP/2.0/${sentBy};branch=z9hG4bK1`)).toEqual(expected);
});

test.each([
  [100, 'INVITE'],
  [180, 'INVITE'],
  [486, 'INVITE'],
  [200, 'OPTIONS'],
  [200, 'CANCEL'],
])(
  'a %i to %s that nobody waits for goes nowhere: there has been an answer (RFC 6026)',
  (status, method) => {
    expect(wayBack('SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', status, method)[0]).toBeUndefined();
  },
);
