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

  test('the application may add to them but not replace them', () => {
    const given = { 'P-Asserted-Identity': '<sip:+49@localhost>', from: 'x' };
    const headers = inviteHeaders(TARGET, { headers: given });

    expect(headers).toMatchObject({ 'P-Asserted-Identity': '<sip:+49@localhost>' });
    expect(headers).not.toHaveProperty('from');
  });
});
