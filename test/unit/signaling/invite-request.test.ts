import { describe, expect, test } from 'vitest';
import { inviteHeaders, inviteUri } from '../../../src/signaling/invite-request.ts';
import type { DialRequest } from '../../../src/signaling/signaling.ts';

function request(change: Partial<DialRequest> = {}): DialRequest {
  return {
    gatewayHost: 'gw.example.com',
    gatewayPort: 5060,
    transport: 'udp',
    toUser: '+4930123',
    fromUser: '+4940456',
    localSdp: '',
    ...change,
  };
}

describe('Request-URI', () => {
  test.each([
    [{}, 'sip:+4930123@gw.example.com:5060'],
    [{ transport: 'tcp' }, 'sip:+4930123@gw.example.com:5060;transport=tcp'],
    [{ gatewayHost: '::1' }, 'sip:+4930123@[::1]:5060'],
    [{ gatewayHost: '[::1]' }, 'sip:+4930123@[::1]:5060'],
    [{ toUser: 'a@evil' }, 'sip:a%40evil@gw.example.com:5060'],
  ] as const)('%j makes %s', (change, uri) => {
    expect(inviteUri(request(change))).toBe(uri);
  });

  test.each(['', 'a b', 'a\r\nX: 1', 'a;lr', 'a>b', '-a', 'a|b', 'x@y'])(
    'refuses the gateway host %j',
    (gatewayHost) => {
      expect(() => inviteUri(request({ gatewayHost }))).toThrow('host');
    },
  );

  test.each([0, -1, 65_536, 1.5, Number.NaN])('refuses the gateway port %d', (gatewayPort) => {
    expect(() => inviteUri(request({ gatewayPort }))).toThrow('port');
  });
});

describe('headers of an INVITE', () => {
  test('a Contact for TCP says so, or in-dialog requests would come over UDP', () => {
    expect(inviteHeaders(request({ transport: 'tcp' }))).toMatchObject({
      From: '<sip:+4940456@localhost>',
      Contact: '<sip:+4940456@localhost;transport=tcp>',
    });
  });

  test('without a number we are anonymous', () => {
    const { From } = inviteHeaders(request({ fromUser: '' }));

    expect(From).toBe('<sip:anonymous@localhost>');
  });

  test('the application may add to them but not replace them', () => {
    const headers = inviteHeaders(
      request({ headers: { 'P-Asserted-Identity': '<sip:+49@localhost>', from: 'x' } }),
    );

    expect(headers).toMatchObject({ 'P-Asserted-Identity': '<sip:+49@localhost>' });
    expect(headers).not.toHaveProperty('from');
  });
});
