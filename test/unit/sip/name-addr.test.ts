import { describe, expect, test } from 'vitest';
import { parseCSeq } from '../../../src/sip/cseq.ts';
import { unknownExtensions } from '../../../src/sip/extensions.ts';
import { LocalIdentity } from '../../../src/sip/local-identity.ts';
import { Headers } from '../../../src/sip/message/headers.ts';
import { parseNameAddr, tagOf } from '../../../src/sip/name-addr.ts';

describe('parseNameAddr', () => {
  test.each([
    ['caller<sip:a@b>;tag=1', 'caller', 'sip:a@b'],
    ['"A \\"<x>\\"" <sip:a@b;lr>;tag=1', '"A \\"<x>\\""', 'sip:a@b;lr'],
    ['sip:a@b;tag=1', '', 'sip:a@b'],
    ['<tel:+1555>;tag=1', '', 'tel:+1555'],
  ])('%s (RFC 3261 20.10)', (text, displayName, uri) => {
    expect(parseNameAddr(text)).toMatchObject({ displayName, uri });
    expect(tagOf(text)).toBe('1');
  });

  test.each([
    '"A <sip:a@b>',
    '<sip:a@b',
    '< sip:a@b >',
    'A, B <sip:a@b>',
    '"A" x <sip:a@b>',
    'a@b',
    'sip:a@b?Route=x',
  ])('refuses %s', (text) => {
    expect(parseNameAddr(text)).toBeUndefined();
  });

  test('an empty tag is none', () => {
    expect(tagOf('<sip:a@b>;tag=')).toBeUndefined();
    expect(tagOf(undefined)).toBeUndefined();
  });
});

describe('parseCSeq', () => {
  test.each([
    ['0009  INVITE', { number: 9, method: 'INVITE' }],
    ['4294967295 X', { number: 4_294_967_295, method: 'X' }],
    ['4294967296 X', undefined],
    ['1 a b', undefined],
  ])('%s is %j (RFC 3261 20.16)', (text, cseq) => {
    expect(parseCSeq(text)).toEqual(cseq);
  });
});

describe('LocalIdentity', () => {
  const identity = new LocalIdentity({
    addresses: ['192.0.2.1', '10.0.0.5', '127.0.0.1'],
    port: 5_060,
  });

  test.each([
    ['192.0.2.99', '192.0.2.1'],
    ['10.0.7.7', '10.0.0.5'],
    ['127.0.0.9', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['8.8.8.8', '192.0.2.1'],
    ['carrier.example', '192.0.2.1'],
  ])('tells %s that it is %s', (remote, own) => {
    expect(identity.addressFor(remote)).toBe(own);
  });

  test('names its transport in Contact, and an external address in place of its own', () => {
    const outside = new LocalIdentity({
      addresses: ['10.0.0.5'],
      port: 5_062,
      externalIp: '198.51.100.1',
    });
    const remote = {
      transport: 'tcp',
      host: '8.8.8.8',
      port: 5_060,
      connection: undefined,
    } as const;

    expect(outside.contactFor(remote)).toBe('<sip:198.51.100.1:5062;transport=tcp>');
    expect(outside.viaFor(remote, 'b')).toBe('SIP/2.0/TCP 198.51.100.1:5062;rport;branch=b');
    expect(outside.hostPorts('external')).toEqual([
      'udp/198.51.100.1:5062',
      'tcp/198.51.100.1:5062',
    ]);
    expect(outside.hostPorts('local')).toEqual(['udp/10.0.0.5:5062', 'tcp/10.0.0.5:5062']);
    expect(outside.isSelf({ ...remote, host: '198.51.100.1', port: 5_062 })).toBe(true);
    expect(outside.isSelf(remote)).toBe(false);
  });
});

test('only option tags outside of the IANA registry are unknown', () => {
  expect(
    unknownExtensions(Headers.of(['Require', '100rel, Timer'], ['Require', 'nonsense'])),
  ).toEqual(['nonsense']);
});
