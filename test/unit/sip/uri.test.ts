import { describe, expect, test } from 'vitest';
import { isPrivateAddress, targetOf } from '../../../src/sip/target.ts';
import { isIpv4, parseSipUri, uriScheme } from '../../../src/sip/uri.ts';

describe('parseSipUri', () => {
  test('reads every part and unescapes none (RFC 3261 19.1)', () => {
    const uri = parseSipUri('sips:user;par=u%40x:pw@host.example:5061;transport=tcp;lr?a=b');

    expect(uri).toMatchObject({
      scheme: 'sips',
      user: 'user;par=u%40x:pw',
      host: 'host.example',
      port: 5_061,
      headers: 'a=b',
    });
    expect([...(uri?.parameters ?? [])]).toEqual([
      ['transport', 'tcp'],
      ['lr', ''],
    ]);
  });

  test.each(['sip:[2001:db8::1]:5060', 'sip:1.2.3.4', 'sip:@host', 'SIP:a@b'])(
    'reads %s',
    (text) => {
      expect(parseSipUri(text)).toBeDefined();
    },
  );

  test.each([
    'tel:+1555',
    'sip:',
    'sip:a@',
    'sip:a@b:x',
    'sip:a@b:70000',
    'sip:a b@c',
    'sip:a@-',
    'a@b',
  ])('refuses %s', (text) => {
    expect(parseSipUri(text)).toBeUndefined();
  });

  test('knows schemes and addresses', () => {
    expect(uriScheme('soap.beep://x')).toBe('soap.beep');
    expect(uriScheme('no scheme')).toBeUndefined();
    expect(isIpv4('127.0.0.1')).toBe(true);
    expect(isIpv4('127.0.0.256')).toBe(false);
  });
});

describe('targetOf', () => {
  test.each([
    ['sip:a@h', { transport: 'udp', host: 'h', port: 5_060 }],
    ['sip:a@h:7;transport=TCP', { transport: 'tcp', host: 'h', port: 7 }],
    ['sip:a@h;transport=tls', { transport: 'tls', host: 'h', port: 5_061 }],
    ['sips:a@h', { transport: 'tls', host: 'h', port: 5_061 }],
    ['sips:a@h;transport=tcp', { transport: 'tls', host: 'h', port: 5_061 }],
    ['sips:a@h;transport=ws', { transport: 'wss', host: 'h', port: 443 }],
    ['sip:a@h;transport=ws', { transport: 'ws', host: 'h', port: 80 }],
    ['sip:a@[::1]:5070', { transport: 'udp', host: '::1', port: 5_070 }],
  ])('%s goes to %j', (uri, endpoint) => {
    expect(targetOf(uri)).toMatchObject(endpoint);
  });

  test.each([
    ['sips:a@h;transport=udp', 'unsupported-transport'],
    ['sip:a@h;transport=sctp', 'unsupported-transport'],
    ['tel:1', 'invalid-uri'],
    ['sip:a@h:0', 'invalid-uri'],
  ])('%s is a fault: %s', (uri, fault) => {
    expect(targetOf(uri)).toBe(fault);
  });

  test.each([
    ['10.1.1.1', true],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['192.168.9.9', true],
    ['127.0.0.1', false],
    ['example.com', false],
  ])('%s is private: %s (RFC 1918)', (host, isPrivate) => {
    expect(isPrivateAddress(host)).toBe(isPrivate);
  });
});
