import { describe, expect, test } from 'vitest';
import type { SipTarget } from '../../../src/signaling/signaling.ts';
import { targetUri } from '../../../src/signaling/target-uri.ts';

const TARGET: SipTarget = { host: 'gw.example.com', port: 5060, transport: 'udp' };

describe('Request-URI', () => {
  test.each([
    [{}, 'sip:+4930123@gw.example.com:5060'],
    [{ transport: 'tcp' }, 'sip:+4930123@gw.example.com:5060;transport=tcp'],
    [{ transport: 'tls' }, 'sip:+4930123@gw.example.com:5060;transport=tls'],
    [{ host: '::1' }, 'sip:+4930123@[::1]:5060'],
    [{ host: '[::1]' }, 'sip:+4930123@[::1]:5060'],
  ] as const)('%j makes %s', (change, uri) => {
    expect(targetUri({ ...TARGET, ...change }, '+4930123')).toBe(uri);
  });

  test('the user is escaped', () => {
    expect(targetUri(TARGET, 'a@evil')).toBe('sip:a%40evil@gw.example.com:5060');
  });

  test('of a server has no user', () => {
    expect(targetUri(TARGET)).toBe('sip:gw.example.com:5060');
  });

  test('leaves port and transport to the DNS when they are not given (RFC 3263 section 4)', () => {
    expect(targetUri({ host: 'gw.example.com' }, '1')).toBe('sip:1@gw.example.com');
  });

  test.each(['', 'a b', 'a\r\nX: 1', 'a;lr', 'a>b', '-a', 'a|b', 'x@y'])(
    'refuses the gateway host %j',
    (host) => {
      expect(() => targetUri({ ...TARGET, host })).toThrow('host');
    },
  );

  test.each([0, -1, 65_536, 1.5, Number.NaN])('refuses the gateway port %d', (port) => {
    expect(() => targetUri({ ...TARGET, port })).toThrow('port');
  });
});
