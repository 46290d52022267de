import { describe, expect, test } from 'vitest';
import {
  isWithinTarget,
  type RedirectPolicy,
  redirectTargets,
} from '../../../src/signaling/redirect.ts';
import type { DialTarget } from '../../../src/signaling/signaling.ts';
import { targetUri } from '../../../src/signaling/target-uri.ts';

const TARGET: DialTarget = {
  id: 'gateway',
  host: 'gw.example.com',
  port: 5070,
  transport: 'tcp',
  toUser: '+4930123',
  fromUser: '+4940456',
  callerId: 'from',
  reserve: () => ({ release: () => undefined }),
};

const ANYWHERE: RedirectPolicy = {
  mayFollow: () => true,
  mayCall: () => true,
  isSelf: () => false,
};

function uris(contact: string | undefined, policy = ANYWHERE): readonly string[] {
  return redirectTargets(TARGET, contact, policy).map((to) => targetUri(to, to.toUser));
}

describe('the Contact of a 3xx (RFC 3261 section 8.1.3.4)', () => {
  test.each([
    ['<sip:+4930999@other.example>', ['sip:+4930999@other.example']],
    ['"A, B" <sip:1@h:5062;transport=TCP>;q=0.5', ['sip:1@h:5062;transport=tcp']],
    ['sip:1@h', ['sip:1@h']],
    ['<sip:h>', ['sip:+4930123@h']],
    ['<sips:1@h>', ['sip:1@h;transport=tls']],
    ['<sip:1@[2001:db8::1]:5060>', ['sip:1@[2001:db8::1]:5060']],
    ['<sip:+4930;npdi;rn=+49@h>', ['sip:+4930;npdi;rn=+49@h']],
    ['<tel:+49-30-999>', ['sip:+4930999@gw.example.com:5070;transport=tcp']],
    ['<sip:1:secret@h>', ['sip:1@h']],
  ])('%s leads to %j', (contact, expected) => {
    expect(uris(contact)).toEqual(expected);
  });

  test('headers in the URI are dropped: they would be ours to the far end', () => {
    expect(uris('<sip:1@h?Replaces=a%3Bto-tag%3Db&X-Evil=1>')).toEqual(['sip:1@h']);
  });

  test('the best first (section 20.10)', () => {
    expect(uris('<sip:1@a>;q=0.1,<sip:1@b>,<sip:1@c>;q=0.9,<sip:1@d>;q=nonsense')).toEqual([
      'sip:1@b',
      'sip:1@c',
      'sip:1@a',
      'sip:1@d',
    ]);
  });

  test.each([
    undefined,
    '',
    '*',
    '<mailto:a@b>',
    '<http://h>',
    '<sip:1@h;transport=sctp>',
    '<sip:>',
  ])('%j leads nowhere', (contact) => {
    expect(uris(contact)).toEqual([]);
  });

  test('ourselves, and hosts that the policy forbids, are skipped', () => {
    const policy = {
      mayFollow: (host: string) => host !== 'evil',
      mayCall: () => true,
      isSelf: (host: string, port: number | undefined) => host === 'us' && port === 5060,
    };

    expect(uris('<sip:1@us:5060>,<sip:1@evil>,<sip:1@good>', policy)).toEqual(['sip:1@good']);
  });

  test('keeps the slot of its target', () => {
    expect(redirectTargets(TARGET, '<sip:1@h>', ANYWHERE)[0]).not.toHaveProperty('reserve');
  });
});

describe('without a policy', () => {
  test.each([
    ['gw.example.com', true],
    ['a.gw.example.com', true],
    ['example.com', false],
    ['evilgw.example.com', false],
    ['192.0.2.1', false],
  ])('%s: %s', (host, mayFollow) => {
    expect(isWithinTarget(TARGET, host)).toBe(mayFollow);
  });
});

test('to another user only as the policy allows, `tel:` and escapes included', () => {
  const asked: string[] = [];
  const policy = {
    ...ANYWHERE,
    mayCall: (user: string) => {
      asked.push(user);
      return user === '+4930124';
    },
  };
  const contact =
    '<sip:+881612345678@h>, <sip:%2B881612345678@h>, <tel:+881-612345678>, <sip:+4930124@h>, <sip:+4930123@other>';

  expect(uris(contact, policy)).toEqual(['sip:+4930124@h', 'sip:+4930123@other']);
  expect(asked).toEqual(['+881612345678', '+881612345678', '+881612345678', '+4930124']);
});

test('is called by its own URI, not by that of the first one', () => {
  const [to] = redirectTargets({ ...TARGET, requestUri: 'sip:x@phone' }, '<sip:1@h>', ANYWHERE);

  expect(to).not.toHaveProperty('requestUri');
});
