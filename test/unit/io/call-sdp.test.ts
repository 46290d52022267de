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

    expect(sdp.accept(remoteSdp(40_002, '8'))?.remote).toEqual({
      address: '127.0.0.1',
      port: 40_002,
      codec: 'PCMA',
      sampleRateHz: 8000,
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

  test('say that we hold, and that we do not any more', () => {
    const sdp = new CallSdp('127.0.0.1');
    sdp.answer(remoteSdp(), 20_000);
    sdp.isHolding = true;
    const hold = sdp.offer(20_000);
    sdp.accept(remoteSdp());
    sdp.isHolding = false;
    const resume = sdp.offer(20_000);

    expect(hold).toContain('a=sendonly');
    expect(resume).toContain('a=sendrecv');
    expect([hold, resume].map(versionOf)).toEqual(['2', '3']);
  });

  test.each([
    ['sendonly', 'recvonly', true],
    ['inactive', 'inactive', true],
    ['recvonly', 'sendonly', false],
    ['sendrecv', 'sendrecv', false],
  ])('answer %s with %s (RFC 3264 section 6.1)', (offered, answered, isHeld) => {
    const sdp = new CallSdp('127.0.0.1');
    const answer = sdp.answer(`${remoteSdp()}a=${offered}\r\n`, 20_000);

    expect(answer?.sdp).toContain(`a=${answered}\r\n`);
    expect(answer?.isHeld).toBe(isHeld);
  });

  test('are the same for a refresh (RFC 4028 section 7.4)', () => {
    const sdp = new CallSdp('127.0.0.1');

    expect(sdp.answer(remoteSdp(), 20_000)).toEqual(sdp.answer(remoteSdp(), 20_000));
  });

  test('refuse the other media lines with port 0 (RFC 3264 section 6)', () => {
    const sdp = new CallSdp('127.0.0.1');
    const offer = `${remoteSdp()}m=video 50000 RTP/AVP 96\r\n`;

    expect(sdp.answer(offer, 20_000)?.sdp).toContain('m=video 0 RTP/AVP 96');
  });

  test('that name a loopback address elsewhere mean the host that signals', () => {
    const sdp = new CallSdp('192.0.2.1');
    sdp.signallingAddress = '198.51.100.7';
    const elsewhere = sdp.answer(remoteSdp(40_000, '0', '127.0.0.9'), 20_000);
    sdp.signallingAddress = '127.0.0.2';
    const here = sdp.answer(remoteSdp(40_000, '0', '127.0.0.9'), 20_000);

    expect(elsewhere?.remote?.address).toBe('198.51.100.7');
    expect(here?.remote?.address).toBe('127.0.0.9');
  });

  test.each(['239.1.2.3', '255.255.255.255'])('take no audio to %s', (address) => {
    const sdp = new CallSdp('127.0.0.1');

    expect(sdp.answer(remoteSdp(40_000, '0', address), 20_000)).toBeUndefined();
  });
});

describe('the address of our audio', () => {
  const addressOf = (peer: { readonly host: string; readonly id?: string }) =>
    peer.host.startsWith('10.') ? '10.0.0.1' : '192.0.2.1';
  const connectionOf = (sdp: string | undefined) => sdp?.match(/^c=IN IP4 (\S+)/m)?.[1];

  test('of an incoming call is the one towards the caller', () => {
    const sdp = new CallSdp(addressOf);
    sdp.signallingAddress = '10.9.9.9';

    expect(connectionOf(sdp.answer(remoteSdp(), 20_000)?.sdp)).toBe('10.0.0.1');
  });

  test('of an outgoing call is the one towards the target, each its own', () => {
    const sdp = new CallSdp(addressOf);

    expect(connectionOf(sdp.offerFor(20_000, { host: '10.1.1.1', id: 'a' }))).toBe('10.0.0.1');
    expect(connectionOf(sdp.offerFor(20_000, { host: '198.51.100.7', id: 'b' }))).toBe('192.0.2.1');
  });

  test('stays when the far end is heard from elsewhere', () => {
    const sdp = new CallSdp(addressOf);
    sdp.offerFor(20_000, { host: '10.1.1.1', id: 'a' });
    sdp.signallingAddress = '198.51.100.7';

    expect(connectionOf(sdp.offer(20_000))).toBe('10.0.0.1');
  });
});

describe('the terms of a carrier', () => {
  test('decide what is offered, asked for and heard', () => {
    const sdp = new CallSdp('127.0.0.1', { codecs: ['PCMA'], ptimeMs: 30, strictAddress: true });
    const offer = sdp.offer(20_000);

    expect(offer).toContain('m=audio 20000 RTP/AVP 8 101\r\n');
    expect(offer).toContain('a=ptime:30\r\n');
    expect(sdp.accept(remoteSdp(40_000, '8'))?.remote).toMatchObject({
      ptimeMs: 30,
      strictAddress: true,
    });
  });

  test('give way to what the far end asks for', () => {
    const sdp = new CallSdp('127.0.0.1', { ptimeMs: 30 });

    expect(sdp.answer(`${remoteSdp()}a=ptime:10\r\n`, 20_000)?.remote?.ptimeMs).toBe(10);
  });

  test.each([
    ['9', '', { codec: 'G722', sampleRateHz: 16_000, payloadType: 9 }],
    ['96', '96 opus/48000/2', { codec: 'opus', sampleRateHz: 16_000, payloadType: 96 }],
    ['96', '96 L16/16000', { codec: 'L16', sampleRateHz: 16_000, payloadType: 96 }],
    ['96', '96 L16/8000', { codec: 'L16', sampleRateHz: 8_000, payloadType: 96 }],
  ])('let the engine be told of format %s %s', (format, map, remote) => {
    const codecs = ['G722', 'opus', 'L16/8000', 'L16/16000'] as const;
    const sdp = new CallSdp('127.0.0.1', { codecs });
    const offer = `${remoteSdp(40_000, format)}a=rtpmap:${map}\r\n`;

    expect(sdp.answer(offer, 20_000)?.remote).toMatchObject(remote);
  });

  test('a refusal has a reason', () => {
    const sdp = new CallSdp('127.0.0.1');
    sdp.answer(remoteSdp(40_000, '18'), 20_000);

    expect(sdp.refusal).toBe('no-common-codec');
  });
});

describe('another far end', () => {
  test('has agreed on nothing yet; the one before may come back', () => {
    const sdp = new CallSdp('127.0.0.1', { codecs: ['PCMU', 'PCMA'] });
    sdp.answer(remoteSdp(40_000, '8'), 20_000);
    const before = sdp.peerTerms;
    const elsewhere = sdp.offerFor(20_000, { host: '192.0.2.1', id: 'b' });
    sdp.turnTo(before);

    expect(elsewhere).toContain('RTP/AVP 0 8 101');
    expect(sdp.offer(20_000)).toContain('RTP/AVP 8 0 101');
  });
});
