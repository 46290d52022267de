import { describe, expect, test } from 'vitest';
import { sdpBodyOf, sdpTextOf } from '../../../src/signaling/sdp-body.ts';
import { FakeRequest } from './fake-srf.ts';

function message(contentType: string, body: string): FakeRequest {
  return new FakeRequest('INVITE', { 'content-type': contentType }, body);
}

describe('session description of a message', () => {
  test('is the body of type application/sdp, in any case, with parameters', () => {
    expect(sdpBodyOf(message('Application/SDP;charset=utf-8', 'v=0'))).toEqual({
      kind: 'sdp',
      sdp: 'v=0',
    });
  });

  test('is one part of a multipart body (RFC 2046 section 5.1)', () => {
    const req = message('multipart/mixed;boundary=b', '--b ... --b--');
    req.payload.push(
      { type: 'application/isup', content: 'x' },
      { type: 'application/sdp', content: 'v=0\r\ns=-\r\n--b--\r\n' },
    );

    expect(sdpTextOf(req)).toBe('v=0\r\ns=-\r\n');
  });

  test('is missing without a body', () => {
    expect(sdpBodyOf(new FakeRequest('INVITE'))).toEqual({ kind: 'none' });
  });

  test.each(['text/plain', 'application/sdpx', 'multipart/mixed'])('%s is none', (type) => {
    expect(sdpBodyOf(message(type, 'v=0'))).toEqual({ kind: 'other' });
    expect(sdpTextOf(message(type, 'v=0'))).toBeUndefined();
  });
});
