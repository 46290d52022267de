import { describe, expect, test } from 'vitest';
import type { SrtpSuite } from '../../../src/sdp/crypto-attribute.ts';
import type { SrtpMode } from '../../../src/sdp/media-terms.ts';
import type { NegotiationResult } from '../../../src/sdp/negotiated-audio.ts';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { inlineKey, keysOf } from '../../support/sdp/srtp-keys.ts';

const OURS = 1;
const THEIRS = 2;
const CM80 = 'AES_CM_128_HMAC_SHA1_80';
const CM32 = 'AES_CM_128_HMAC_SHA1_32';

function local(mode: SrtpMode) {
  const srtp = { mode, keys: keysOf(OURS) };
  return { address: '127.0.0.1', port: 20_000, sessionId: 42, srtp };
}

function sdp(profile: string, ...attributes: readonly string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return `${[...head, `m=audio 4000 ${profile} 0`, ...attributes].join('\r\n')}\r\n`;
}

function crypto(tag: number, suite: SrtpSuite, octet = THEIRS): string {
  return `a=crypto:${tag} ${suite} ${inlineKey(suite, octet)}`;
}

function cryptoLines(text: string): readonly string[] {
  return text.split('\r\n').filter((line) => line.startsWith('a=crypto:'));
}

function outcomeOf(result: NegotiationResult): string {
  if (!result.ok) return result.reason;
  return result.remote.srtp?.suite ?? 'plain';
}

describe('the answer to an offer', () => {
  const none: readonly string[] = [];
  const keys = [crypto(4, CM80)];
  test.each<[SrtpMode, string, readonly string[], string]>([
    ['off', 'RTP/AVP', none, 'plain'],
    ['off', 'RTP/AVP', keys, 'plain'],
    ['off', 'RTP/SAVP', keys, 'no-common-security'],
    ['accept', 'RTP/AVP', none, 'plain'],
    ['accept', 'RTP/AVP', keys, CM80],
    ['accept', 'RTP/SAVP', keys, CM80],
    ['accept', 'RTP/SAVPF', keys, CM80],
    ['accept', 'RTP/SAVP', none, 'no-common-security'],
    ['accept', 'RTP/AVPF', none, 'plain'],
    ['optional', 'RTP/AVP', none, 'plain'],
    ['optional', 'RTP/AVP', keys, CM80],
    ['required', 'RTP/AVP', none, 'no-common-security'],
    ['required', 'RTP/AVP', keys, CM80],
    ['required', 'RTP/SAVP', keys, CM80],
    ['required', 'RTP/SAVP', [`a=crypto:1 ${CM80} inline:short`], 'no-common-security'],
    ['accept', 'UDP/TLS/RTP/SAVPF', keys, 'unsupported-transport'],
    ['accept', 'TCP/RTP/SAVP', keys, 'unsupported-transport'],
  ])('srtp %s, offered %s %s: %s', (mode, profile, attributes, outcome) => {
    expect(outcomeOf(answerOffer(sdp(profile, ...attributes), local(mode)))).toBe(outcome);
  });

  test('has the tag of the first line that we can do, its suite, our key and its profile', () => {
    const unusable = `a=crypto:1 ${CM80} ${inlineKey(CM80, THEIRS)}|2^31|1:1`;
    const offer = sdp('RTP/SAVP', unusable, crypto(2, CM32), crypto(3, CM80));
    const answer = answerOffer(offer, local('accept'));

    expect(answer.ok && cryptoLines(answer.sdp)).toEqual([crypto(2, CM32, OURS)]);
    expect(answer.ok && answer.sdp).toContain('m=audio 20000 RTP/SAVP 0\r\n');
    expect(answer).toMatchObject({
      remote: {
        profile: 'RTP/SAVP',
        srtp: {
          tag: 2,
          suite: CM32,
          sendKey: keysOf(OURS)[CM32],
          receiveKey: keysOf(THEIRS)[CM32],
        },
      },
    });
  });

  test('takes the plain line of an offer where the secured one is no use', () => {
    const offer = `${sdp('RTP/SAVP', 'a=crypto:1 NEW_SUITE inline:AAAA')}m=audio 4002 RTP/AVP 0\r\n`;
    const answer = answerOffer(offer, local('accept'));

    expect(answer).toMatchObject({ remote: { port: 4_002, profile: 'RTP/AVP' } });
    expect(answer.ok && answer.sdp).toContain('m=audio 0 RTP/SAVP 0\r\n');
  });

  test.each([1, 63, 64, 65, 130])('finds the last of %i keys', (count) => {
    const lines = Array.from(
      { length: count - 1 },
      (_, tag) => `a=crypto:${tag} OTHER inline:${'A'.repeat(40)}`,
    );
    const offer = sdp('RTP/SAVP', ...lines, crypto(count, CM80));

    expect(outcomeOf(answerOffer(offer, local('accept')))).toBe(CM80);
  });

  test('a thousand keys are more than a description may have', () => {
    const lines = Array.from({ length: 1_000 }, (_, tag) => crypto(tag, CM80));

    expect(outcomeOf(answerOffer(sdp('RTP/SAVP', ...lines), local('accept')))).toBe('malformed');
  });

  test('keys of the session are not those of a line (RFC 4568 section 4)', () => {
    const offer = sdp('RTP/SAVP').replace('t=0 0\r\n', `t=0 0\r\n${crypto(1, CM80)}\r\n`);

    expect(outcomeOf(answerOffer(offer, local('accept')))).toBe('no-common-security');
  });
});

describe('an offer', () => {
  test.each<[SrtpMode, string, number]>([
    ['off', 'RTP/AVP', 0],
    ['accept', 'RTP/AVP', 0],
    ['optional', 'RTP/AVP', 3],
    ['required', 'RTP/SAVP', 3],
  ])('with srtp %s is %s with %i keys', (mode, profile, count) => {
    const offer = createOffer(local(mode));

    expect(offer).toContain(`m=audio 20000 ${profile} `);
    expect(cryptoLines(offer)).toHaveLength(count);
  });

  test('names the strongest suite first, each with a key of its own length', () => {
    expect(cryptoLines(createOffer(local('required')))).toEqual([
      crypto(1, 'AEAD_AES_256_GCM', OURS),
      crypto(2, 'AEAD_AES_128_GCM', OURS),
      crypto(3, CM80, OURS),
    ]);
  });

  test.each<[SrtpMode, string, readonly string[], string]>([
    ['required', 'RTP/SAVP', [crypto(2, 'AEAD_AES_128_GCM')], 'AEAD_AES_128_GCM'],
    ['required', 'RTP/AVP', [crypto(2, 'AEAD_AES_128_GCM')], 'AEAD_AES_128_GCM'],
    ['required', 'RTP/SAVP', [], 'no-common-security'],
    ['required', 'RTP/AVP', [], 'no-common-security'],
    ['required', 'RTP/SAVP', [crypto(9, CM80)], 'no-common-security'],
    ['required', 'RTP/SAVP', [crypto(3, CM32)], 'no-common-security'],
    ['required', 'RTP/SAVP', [crypto(3, CM80, OURS)], 'no-common-security'],
    ['optional', 'RTP/AVP', [crypto(3, CM80)], CM80],
    ['optional', 'RTP/AVP', [], 'plain'],
    ['optional', 'RTP/SAVP', [], 'unsupported-transport'],
    ['accept', 'RTP/AVP', [], 'plain'],
    ['accept', 'RTP/AVP', [crypto(1, CM80)], 'plain'],
    ['accept', 'RTP/SAVP', [crypto(1, CM80)], 'unsupported-transport'],
  ])('with srtp %s, answered with %s %s: %s', (mode, profile, attributes, outcome) => {
    const offer = createOffer(local(mode));

    expect(outcomeOf(acceptAnswer(offer, sdp(profile, ...attributes)))).toBe(outcome);
  });

  test('is agreed on with our key of that line and theirs', () => {
    const offer = createOffer(local('optional'));

    expect(acceptAnswer(offer, sdp('RTP/AVP', crypto(3, CM80)))).toMatchObject({
      remote: { srtp: { sendKey: keysOf(OURS)[CM80], receiveKey: keysOf(THEIRS)[CM80] } },
    });
  });

  test('within a secured call has what was agreed, and cannot be answered without', () => {
    const first = answerOffer(sdp('RTP/AVP', crypto(7, CM32)), local('accept'));
    if (!first.ok) throw new Error(first.reason);
    const offer = createOffer({ ...local('accept'), agreed: first.remote });
    const plain = acceptAnswer(offer, sdp('RTP/AVP'), { requiresSrtp: true });
    const same = acceptAnswer(offer, sdp('RTP/AVP', crypto(7, CM32)), { requiresSrtp: true });

    expect(cryptoLines(offer)).toEqual([crypto(7, CM32, OURS)]);
    expect([plain, same].map(outcomeOf)).toEqual(['no-common-security', CM32]);
  });
});
