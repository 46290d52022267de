import { describe, expect, test } from 'vitest';
import { CallSdp } from '../../../src/io/call-sdp.ts';
import type { SrtpSuite } from '../../../src/sdp/crypto-attribute.ts';
import { remoteSdp } from '../../support/call/fake-signaling.ts';
import { inlineKey, keysOf } from '../../support/sdp/srtp-keys.ts';

const CM80 = 'AES_CM_128_HMAC_SHA1_80';
const GCM = 'AEAD_AES_256_GCM';

/** A description of the far end, with keys whose octets are all the same. */
function secured(suite: SrtpSuite, octet: number, tag = 1, profile = 'RTP/SAVP'): string {
  const line = `a=crypto:${tag} ${suite} ${inlineKey(suite, octet)}\r\n`;
  return `${remoteSdp().replace('RTP/AVP', profile)}${line}`;
}

function cryptoOf(sdp: string | undefined): string | undefined {
  return sdp?.match(/^a=crypto:.*$/m)?.[0];
}

function versionOf(sdp: string | undefined): string | undefined {
  return sdp?.match(/^o=\S+ \d+ (\d+)/m)?.[1];
}

describe('SRTP of one call', () => {
  test('is taken where it is offered; the engine gets both keys', () => {
    const sdp = new CallSdp('127.0.0.1');
    const answer = sdp.answer(secured(CM80, 7), 20_000);
    const { srtp } = answer?.remote ?? {};

    expect(srtp).toMatchObject({ suite: CM80, receiveKey: keysOf(7)[CM80] });
    expect(cryptoOf(answer?.sdp)).toBe(
      `a=crypto:1 ${CM80} inline:${Buffer.from(srtp?.sendKey ?? []).toString('base64')}`,
    );
  });

  test('is not taken where the terms say so, and there is nothing else', () => {
    const off = new CallSdp('127.0.0.1', { srtp: 'off' });
    const required = new CallSdp('127.0.0.1', { srtp: 'required' });

    expect(off.answer(secured(CM80, 7), 20_000)).toBeUndefined();
    expect(required.answer(remoteSdp(), 20_000)).toBeUndefined();
    expect([off.refusal, required.refusal]).toEqual(['no-common-security', 'no-common-security']);
  });

  test('has keys of its own in every call, and for every way that a call may take', () => {
    const keys = [1, 2].map(() =>
      cryptoOf(new CallSdp('127.0.0.1', { srtp: 'required' }).offer(2)),
    );
    const sdp = new CallSdp('127.0.0.1');
    const media = { srtp: 'required' } as const;
    for (const id of ['a', 'b']) {
      keys.push(cryptoOf(sdp.offerFor(20_000, { host: '192.0.2.1', id, media })));
    }

    expect(new Set(keys).size).toBe(4);
  });

  test('keeps our key while the far end keeps its own, and the description its version', () => {
    const sdp = new CallSdp('127.0.0.1');
    const first = sdp.answer(secured(CM80, 7), 20_000);
    const again = sdp.answer(secured(CM80, 7), 20_000);

    expect(again).toEqual(first);
  });

  test('has a new key of ours for a new one of theirs (RFC 4568 section 7.1.4)', () => {
    const sdp = new CallSdp('127.0.0.1');
    const first = sdp.answer(secured(CM80, 7), 20_000);
    const again = sdp.answer(secured(CM80, 8), 20_000);

    expect(again?.remote?.srtp?.receiveKey).toEqual(keysOf(8)[CM80]);
    expect(again?.remote?.srtp?.sendKey).not.toEqual(first?.remote?.srtp?.sendKey);
    expect([first, again].map((each) => versionOf(each?.sdp))).toEqual(['1', '2']);
  });

  test('goes on with our key where a new one of theirs answers what we had said: they know no other', () => {
    const sdp = new CallSdp('127.0.0.1');
    const first = sdp.answer(secured(CM80, 7), 20_000);
    const again = sdp.answer(secured(CM80, 8), 20_000, true);

    expect(again?.remote?.srtp).toEqual({
      ...first?.remote?.srtp,
      receiveKey: keysOf(8)[CM80],
    });
  });

  test('cannot be taken off by a later offer', () => {
    const sdp = new CallSdp('127.0.0.1');
    sdp.answer(secured(CM80, 7, 1, 'RTP/AVP'), 20_000);

    expect(sdp.answer(remoteSdp(), 20_000)).toBeUndefined();
    expect(sdp.refusal).toBe('no-common-security');
  });

  test('nor by the answer to one of ours', () => {
    const sdp = new CallSdp('127.0.0.1');
    sdp.answer(secured(CM80, 7, 5, 'RTP/AVP'), 20_000);
    const hold = sdp.offer(20_000);

    expect(hold).toContain('m=audio 20000 RTP/AVP ');
    expect(cryptoOf(hold)).toMatch(new RegExp(`^a=crypto:5 ${CM80} inline:`));
    expect(sdp.accept(remoteSdp())).toBeUndefined();
    expect(sdp.accept(secured(CM80, 7, 5, 'RTP/AVP'))?.remote?.srtp).toBeDefined();
  });

  test('in early media is no promise of whoever answers', () => {
    const sdp = new CallSdp('127.0.0.1', { srtp: 'optional' });
    sdp.offer(20_000);
    const early = sdp.accept(secured(GCM, 7, 1, 'RTP/AVP'));
    const answered = sdp.accept(remoteSdp());

    expect(early?.remote?.srtp?.suite).toBe(GCM);
    expect(answered?.remote).toBeDefined();
    expect(answered?.remote?.srtp).toBeUndefined();
  });

  test('is begun anew with another far end, and is as it was when the first comes back', () => {
    const sdp = new CallSdp('127.0.0.1');
    const first = sdp.answer(secured(CM80, 7), 20_000);
    const before = sdp.peerTerms;
    sdp.turnTo({ terms: before.terms });
    const other = sdp.answer(secured(CM80, 9), 20_000);
    sdp.turnTo({ terms: before.terms });
    const plain = sdp.answer(remoteSdp(), 20_000);
    sdp.turnTo(before);
    const back = sdp.answer(secured(CM80, 7), 20_000);

    expect(cryptoOf(other?.sdp)).not.toBe(cryptoOf(first?.sdp));
    expect(plain?.remote?.srtp).toBeUndefined();
    expect(back?.remote).toEqual(first?.remote);
  });
});
