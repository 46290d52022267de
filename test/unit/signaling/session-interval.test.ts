import { describe, expect, test } from 'vitest';
import {
  answeredInterval,
  intervalAfterRefusal,
  offeredInterval,
} from '../../../src/signaling/session-interval.ts';
import { FakeRequest } from './fake-srf.ts';

describe('the session interval of an INVITE (RFC 4028 section 7.1)', () => {
  test.each([
    ['half an hour by default', {}, false, { 'Session-Expires': '1800' }],
    ['the configured one', { sessionExpiresSeconds: 600 }, false, { 'Session-Expires': '600' }],
    [
      'never below its minimum',
      { sessionExpiresSeconds: 100, minSessionExpiresSeconds: 300 },
      false,
      { 'Session-Expires': '300', 'Min-SE': '300' },
    ],
    [
      'refreshed by whoever may challenge us',
      {},
      true,
      { 'Session-Expires': '1800;refresher=uas' },
    ],
  ])('is %s', (_what, interval, mayBeChallenged, headers) => {
    expect(offeredInterval(interval, mayBeChallenged)).toEqual(headers);
  });
});

describe('after a 422 (RFC 4028 section 7.4)', () => {
  test.each([
    ['1800', '3600'],
    ['1800;refresher=uas', '3600;refresher=uas'],
  ])('of %s the interval is the least that is accepted: %s', (asked, expected) => {
    expect(intervalAfterRefusal(asked, '3600')).toEqual({
      'Session-Expires': expected,
      'Min-SE': '3600',
    });
  });

  test.each([undefined, '', 'x', '10', '999999'])('a Min-SE of %j is not met', (minSe) => {
    expect(intervalAfterRefusal('1800', minSe)).toBeUndefined();
  });
});

describe('the session interval of a 200 (RFC 4028 section 9)', () => {
  const answered = (headers: Record<string, string>, sessionExpiresSeconds?: number) =>
    answeredInterval(new FakeRequest('INVITE', headers), {
      ...(sessionExpiresSeconds !== undefined && { sessionExpiresSeconds }),
    })?.['Session-Expires'];
  const timer = { supported: '100rel, timer' };

  test.each([
    ['ours, and the caller refreshes', { ...timer }, '300;refresher=uac'],
    ['never more than was asked', { ...timer, 'session-expires': '120' }, '120;refresher=uac'],
    ['never below Min-SE', { ...timer, 'min-se': '400' }, '400;refresher=uac'],
    [
      'refreshed by whom the caller names',
      { ...timer, 'session-expires': '900;refresher=uas' },
      '300;refresher=uas',
    ],
    ['none of ours for a caller without timers', {}, undefined],
  ])('is %s', (_what, headers, expected) => {
    expect(answered(headers, 300)).toBe(expected);
  });

  test('is the caller’s where none is configured', () => {
    expect(answered({ ...timer, 'session-expires': '900' })).toBeUndefined();
  });
});
