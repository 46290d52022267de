import { describe, expect, test } from 'vitest';
import { CallSdp } from '../../../src/io/call-sdp.ts';
import { remoteSdp } from '../../support/call/fake-signaling.ts';

function versionOf(sdp: string | undefined): string | undefined {
  return sdp?.match(/^o=\S+ \d+ (\d+)/m)?.[1];
}

function sessionIdOf(sdp: string | undefined): string | undefined {
  return sdp?.match(/^o=\S+ (\d+)/m)?.[1];
}

describe('the descriptions of one call', () => {
  test('keep their session id', () => {
    const sdp = new CallSdp('127.0.0.1');
    const offer = sdp.offer(20_000);
    const answer = sdp.answer(remoteSdp(), 20_000);

    expect(sessionIdOf(answer?.sdp)).toBe(sessionIdOf(offer));
  });

  test('raise their version when they change, and only then (RFC 3264 8)', () => {
    const sdp = new CallSdp('127.0.0.1');

    const versions = [remoteSdp(), remoteSdp(50_000), remoteSdp(40_000, '8')].map((offer) =>
      versionOf(sdp.answer(offer, 20_000)?.sdp),
    );

    expect(versions).toEqual(['1', '1', '2']);
  });

  test('name where the far end takes audio', () => {
    const sdp = new CallSdp('127.0.0.1');
    sdp.offer(20_000);

    expect(sdp.accept(remoteSdp(40_002, '8'))).toEqual({
      address: '127.0.0.1',
      port: 40_002,
      codec: 'PCMA',
      payloadType: 8,
      rtcpMux: false,
      ptimeMs: 20,
    });
  });

  test('take no audio to 0.0.0.0: it is a hold', () => {
    const sdp = new CallSdp('127.0.0.1');

    expect(sdp.answer(remoteSdp(40_000, '0', '0.0.0.0'), 20_000)).toMatchObject({
      remote: undefined,
    });
  });

  test('are none for an offer that has nothing we speak, or is no SDP', () => {
    const sdp = new CallSdp('127.0.0.1');

    expect(sdp.answer(remoteSdp(40_000, '18'), 20_000)).toBeUndefined();
    expect(sdp.answer('hello', 20_000)).toBeUndefined();
    expect(sdp.accept(remoteSdp())).toBeUndefined();
  });
});
