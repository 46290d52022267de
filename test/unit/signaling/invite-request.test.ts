import { describe, expect, test } from 'vitest';
import { inviteHeaders } from '../../../src/signaling/invite-request.ts';
import type { DialTarget } from '../../../src/signaling/signaling.ts';

const TARGET: DialTarget = {
  id: 'gateway',
  host: 'gw.example.com',
  port: 5060,
  transport: 'udp',
  toUser: '+4930123',
  fromUser: '+4940456',
  callerId: 'from',
};

describe('headers of an INVITE', () => {
  test('a Contact for TCP says so, or in-dialog requests would come over UDP', () => {
    expect(inviteHeaders({ ...TARGET, transport: 'tcp' }, {})).toMatchObject({
      From: '<sip:+4940456@localhost>',
      Contact: '<sip:+4940456@localhost;transport=tcp>',
    });
  });

  test('without a number we are anonymous', () => {
    const { From } = inviteHeaders({ ...TARGET, fromUser: '' }, {});

    expect(From).toBe('<sip:anonymous@localhost>');
  });

  test('the application may add to them, a target over the call, but not replace them', () => {
    const target = { ...TARGET, headers: { 'X-B': '2' } };

    expect(inviteHeaders(target, { headers: { 'X-A': '1', 'X-B': '1' } })).toMatchObject({
      'X-A': '1',
      'X-B': '2',
    });
    expect(() => inviteHeaders(TARGET, { headers: { from: 'x' } })).toThrow('header from');
  });

  test('say what we are and can', () => {
    expect(inviteHeaders(TARGET, {}, { userAgent: 'Trunkline/1' })).toMatchObject({
      'User-Agent': 'Trunkline/1',
      Supported: 'timer, 100rel, replaces',
      'Session-Expires': '1800',
      Allow: expect.stringContaining('UPDATE'),
    });
  });
});

describe('caller identity', () => {
  test('in the domain of the carrier when it wants that', () => {
    const target: DialTarget = { ...TARGET, fromDomain: 'carrier.example' };

    expect(inviteHeaders(target, {})).toMatchObject({
      From: '<sip:+4940456@carrier.example>',
      Contact: '<sip:+4940456@localhost>',
    });
  });

  test('asserted to a carrier that trusts us (RFC 3325 section 9.1)', () => {
    const target: DialTarget = { ...TARGET, callerId: 'p-asserted-identity' };

    expect(inviteHeaders(target, {})).toMatchObject({
      From: '<sip:+4940456@localhost>',
      'P-Asserted-Identity': '<sip:+4940456@localhost>',
    });
    expect(inviteHeaders(TARGET, {})).not.toHaveProperty('P-Asserted-Identity');
  });

  test('of an anonymous call is for the carrier only (RFC 3323 section 4.1, RFC 3325 section 9.3)', () => {
    const target: DialTarget = { ...TARGET, callerId: 'p-asserted-identity' };

    expect(inviteHeaders(target, { isAnonymous: true })).toMatchObject({
      From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
      Contact: '<sip:anonymous@localhost>',
      'P-Asserted-Identity': '<sip:+4940456@localhost>',
      Privacy: 'id',
    });
    const { 'P-Asserted-Identity': asserted, ...rest } = inviteHeaders(target, {
      isAnonymous: true,
    });
    expect(JSON.stringify(rest)).not.toContain('4940456');
  });
});
