import { describe, expect, test } from 'vitest';
import { headerText, keptHeaders, sendableHeaders } from '../../../src/signaling/sip-headers.ts';
import { FakeRequest } from './fake-srf.ts';

describe('headers of a received request', () => {
  test('only X- headers and a few standard ones are told, in lower case', () => {
    const req = new FakeRequest('INVITE', {
      'X-Campaign': 'a',
      Diversion: '<sip:1@x>',
      'p-asserted-identity': '<sip:2@x>',
      via: 'SIP/2.0/UDP secret',
      authorization: 'Digest secret',
    });

    expect(keptHeaders(req)).toEqual({
      'x-campaign': 'a',
      diversion: '<sip:1@x>',
      'p-asserted-identity': '<sip:2@x>',
    });
  });

  test('their number and length are bounded', () => {
    const names = Array.from({ length: 100 }, (_, index) => `x-${index}`);
    const req = new FakeRequest(
      'INVITE',
      Object.fromEntries(names.map((name) => [name, 'v'.repeat(5000)])),
    );
    const kept = Object.values(keptHeaders(req));

    expect(kept).toHaveLength(32);
    expect(kept[0]).toHaveLength(1024);
  });
});

describe('headers that the application adds', () => {
  test('cannot replace those of the dialog or the body', () => {
    expect(
      sendableHeaders({
        'X-Call': '1',
        'P-Asserted-Identity': '<sip:+49@localhost>',
        From: 'x',
        f: 'x',
        'call-id': 'x',
        'Content-Type': 'x',
        Route: 'x',
        'Proxy-Authorization': 'x',
      }),
    ).toEqual({ 'X-Call': '1', 'P-Asserted-Identity': '<sip:+49@localhost>' });
  });

  test('need a token as their name (RFC 3261 section 25.1)', () => {
    expect(sendableHeaders({ 'X A': '1', 'X:B': '1', '': '1', 'X\r\nY': '1' })).toEqual({});
  });

  test('have one line', () => {
    expect(sendableHeaders({ 'X-A': ' a\r\nX-Evil: 1\0\x7f' })).toEqual({ 'X-A': 'a  X-Evil: 1' });
    expect(headerText('\r\n')).toBe('');
  });
});
