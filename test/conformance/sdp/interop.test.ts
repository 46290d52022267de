import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AudioCodec } from '../../../src/sdp/audio-codec.ts';
import type { NegotiatedAudio, OfferAnswerFailure } from '../../../src/sdp/negotiated-audio.ts';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../../src/sdp/parse-session-description.ts';
import { keysOf } from '../../support/sdp/srtp-keys.ts';

/** Offers in the manner of what is met in the field, written for this test. */
const ALL: readonly AudioCodec[] = ['opus', 'G722', 'L16/16000', 'L16/8000', 'PCMU', 'PCMA'];
const OURS = 9;

function local(codecs: readonly AudioCodec[]) {
  const srtp = { mode: 'accept', keys: keysOf(OURS) } as const;
  return { address: '192.0.2.99', port: 20_000, sessionId: 42, codecs, srtp };
}

function offerOf(name: string): string {
  const text = readFileSync(new URL(`offers/${name}.sdp`, import.meta.url), 'utf8');
  return text.replaceAll('\n', '\r\n');
}

/** Codec and payload type, digits, noise, audio per packet, profile and suite. */
function termsOf(remote: NegotiatedAudio): string {
  const { codec, payloadType, telephoneEventPayloadType: events, ptimeMs, profile, srtp } = remote;
  const noise = remote.comfortNoisePayloadType;
  return [
    `${codec}=${payloadType}`,
    `events=${events}`,
    `noise=${noise}`,
    ptimeMs,
    profile,
    srtp?.suite,
  ]
    .filter((part) => part !== undefined)
    .join(' ')
    .replaceAll(/ \w+=undefined/g, '');
}

function answered(name: string, codecs: readonly AudioCodec[]): string | OfferAnswerFailure {
  const result = answerOffer(offerOf(name), local(codecs));
  return result.ok ? termsOf(result.remote) : result.reason;
}

const CM80 = 'AES_CM_128_HMAC_SHA1_80';

describe('offers of the field', () => {
  test.each([
    ['twilio-trunk', 'PCMU=0 events=101 20 RTP/AVP'],
    ['twilio-secure-trunk', `PCMU=0 events=101 20 RTP/SAVP ${CM80}`],
    ['telnyx', 'G722=9 events=101 noise=13 20 RTP/AVP'],
    ['asterisk-opus', 'opus=107 events=110 20 RTP/AVP'],
    ['asterisk-best-effort-srtp', `PCMA=8 events=101 30 RTP/AVP ${CM80}`],
    ['freeswitch-srtp', 'opus=102 events=103 20 RTP/SAVP AEAD_AES_256_GCM'],
    ['zoiper', 'opus=106 events=98 20 RTP/AVP'],
    ['linphone-savpf', `opus=96 events=99 20 RTP/SAVPF ${CM80}`],
    ['webrtc-gateway-rtp-side', 'opus=111 events=110 20 RTP/AVPF'],
    ['browser', 'unsupported-transport'],
    ['cisco-cube', 'PCMA=8 events=101 noise=19 20 RTP/SAVP AES_CM_128_HMAC_SHA1_32'],
    ['cisco-phone-l16', 'opus=114 events=101 20 RTP/AVP'],
    ['t38-and-image', 'PCMA=8 events=96 40 RTP/AVP'],
  ])('%s without a list: %s', (name, terms) => {
    const { codecs: _, ...withoutList } = local(ALL);
    const offer = answerOffer(offerOf(name), withoutList);

    expect(offer.ok ? termsOf(offer.remote) : offer.reason).toBe(terms);
  });

  test.each([
    ['twilio-trunk', ['opus', 'G722'], 'no-common-codec'],
    ['asterisk-opus', ['G722'], 'G722=9 events=101 20 RTP/AVP'],
    ['freeswitch-srtp', ['PCMA', 'PCMU'], 'PCMA=8 events=101 20 RTP/SAVP AEAD_AES_256_GCM'],
    ['zoiper', ['G722', 'opus'], 'G722=9 events=101 20 RTP/AVP'],
    ['webrtc-gateway-rtp-side', ['PCMA'], 'PCMA=8 events=126 noise=13 20 RTP/AVPF'],
    ['cisco-phone-l16', ['G722'], 'G722=9 events=101 20 RTP/AVP'],
  ] as const)('%s with the list %s: %s', (name, codecs, terms) => {
    expect(answered(name, codecs)).toBe(terms);
  });

  test.each(['telnyx', 'freeswitch-srtp', 'linphone-savpf', 't38-and-image'])(
    'the answer to %s has a line for each of its lines, and one of them is ours',
    (name) => {
      const offer = parseSessionDescription(offerOf(name));
      const result = answerOffer(offerOf(name), local(ALL));
      const answer = parseSessionDescription(result.ok ? result.sdp : '');

      expect(answer?.media.map((line) => line.protocol)).toEqual(
        offer?.media.map((line) => line.protocol),
      );
      expect(answer?.media.filter((line) => line.port !== 0)).toHaveLength(1);
    },
  );
});

describe('between two of our own', () => {
  const pairs = ALL.flatMap((codec) =>
    (['off', 'optional', 'required'] as const).map((mode) => [codec, mode] as const),
  );
  test.each(pairs)('%s with srtp %s is agreed alike on both sides', (codec, mode) => {
    const caller = { ...local([codec]), srtp: { mode, keys: keysOf(1) } };
    const offer = createOffer(caller);
    const answer = answerOffer(offer, { ...local(ALL), srtp: { mode: 'accept', keys: keysOf(2) } });
    if (!answer.ok) throw new Error(answer.reason);
    const accepted = acceptAnswer(offer, answer.sdp);

    expect(accepted).toMatchObject({
      ok: true,
      remote: {
        codec,
        payloadType: answer.remote.payloadType,
        telephoneEventPayloadType: answer.remote.telephoneEventPayloadType,
      },
    });
    const ours = accepted.ok ? accepted.remote.srtp : undefined;
    expect(ours?.sendKey).toEqual(answer.remote.srtp?.receiveKey);
    expect(ours?.receiveKey).toEqual(answer.remote.srtp?.sendKey);
    expect(ours?.suite).toBe(mode === 'off' ? undefined : 'AEAD_AES_256_GCM');
  });
});
