import { describe, expect, test } from 'vitest';
import {
  type AnswerOfferResult,
  acceptAnswer,
  answerOffer,
  createOffer,
} from '../../../src/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../../src/sdp/parse-session-description.ts';

const LOCAL = { address: '127.0.0.1', port: 20_000, sessionId: 42 };

function sdp(...lines: readonly string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return `${[...head, ...lines].join('\r\n')}\r\n`;
}

function answered(offer: string, local: Parameters<typeof answerOffer>[1] = LOCAL) {
  const result = answerOffer(offer, local);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result;
}

function reasonOf(result: AnswerOfferResult): string {
  return result.ok ? 'accepted' : result.reason;
}

describe('offer (RFC 3264 section 5)', () => {
  test('names both G.711 laws, digits, 20 ms, both directions and muxed RTCP', () => {
    expect(createOffer(LOCAL).split('\r\n')).toEqual([
      'v=0',
      'o=- 42 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 20000 RTP/AVP 0 8 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=maxptime:60',
      'a=sendrecv',
      'a=rtcp-mux',
      '',
    ]);
  });

  test('keeps the caller of it in charge of the order and the version', () => {
    const offer = createOffer({ ...LOCAL, codecs: ['PCMA'], sessionVersion: 3 });

    expect(offer).toContain('o=- 42 3 IN');
    expect(offer).toContain('m=audio 20000 RTP/AVP 8 101\r\n');
  });

  test('writes an IPv6 address as such', () => {
    expect(createOffer({ ...LOCAL, address: '::1' })).toContain('c=IN IP6 ::1\r\n');
  });
});

describe('answer (RFC 3264 section 6)', () => {
  test('takes the first codec of the offer that we have, and it alone', () => {
    const { sdp: answer, remote } = answered(sdp('m=audio 4000 RTP/AVP 18 8 0'));

    expect(remote).toEqual({
      address: '192.0.2.1',
      port: 4000,
      codec: 'PCMA',
      payloadType: 8,
      rtcpMux: false,
      ptimeMs: 20,
      profile: 'RTP/AVP',
      direction: 'sendrecv',
    });
    expect(answer).toContain('m=audio 20000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n');
    expect(answer).not.toContain('rtcp-mux');
  });

  test('takes only what we were told to support', () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0 8');

    expect(answered(offer, { ...LOCAL, codecs: ['PCMA'] }).remote.codec).toBe('PCMA');
  });

  test.each([
    ['the order of the offer (section 6.1)', undefined, 'PCMU'],
    ['our order where there is one', ['PCMA', 'PCMU'] as const, 'PCMA'],
  ])('chooses by %s', (_whose, codecs, chosen) => {
    const offer = sdp('m=audio 4000 RTP/AVP 0 8');

    expect(answered(offer, { ...LOCAL, ...(codecs && { codecs }) }).remote.codec).toBe(chosen);
  });

  test('reads a dynamic payload type by its rtpmap, in any case, with one channel', () => {
    const { remote, sdp: answer } = answered(
      sdp('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 pcmu/8000/1'),
    );

    expect(remote).toMatchObject({ codec: 'PCMU', payloadType: 96 });
    expect(answer).toContain('m=audio 20000 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000\r\n');
  });

  test("believes the offer's rtpmap over the static table", () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/16000');

    expect(answered(offer).remote.codec).toBe('PCMA');
  });

  test("digits keep the offer's payload type (RFC 4733 section 2.5.1.1)", () => {
    const { remote, sdp: answer } = answered(
      sdp('m=audio 4000 RTP/AVP 0 97', 'a=rtpmap:97 telephone-event/8000', 'a=fmtp:97 0-16'),
    );

    expect(remote.telephoneEventPayloadType).toBe(97);
    expect(answer).toContain('m=audio 20000 RTP/AVP 0 97\r\n');
    expect(answer).toContain('a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n');
  });

  test('digits of another clock rate are not ours', () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0 97', 'a=rtpmap:97 telephone-event/48000');

    expect(answered(offer).remote).not.toHaveProperty('telephoneEventPayloadType');
  });

  test('muxed RTCP is agreed when offered (RFC 5761 section 5.1.1)', () => {
    const { remote, sdp: answer } = answered(sdp('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux'));

    expect(remote.rtcpMux).toBe(true);
    expect(answer).toContain('a=rtcp-mux\r\n');
  });

  test('muxed RTCP is not for payload types that look like its packets (RFC 5761 section 4)', () => {
    const offer = sdp('m=audio 4000 RTP/AVP 72', 'a=rtpmap:72 PCMU/8000', 'a=rtcp-mux');

    expect(answered(offer).remote.rtcpMux).toBe(false);
  });

  test("the media line's address beats the session's", () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 198.51.100.7');

    expect(answered(offer).remote.address).toBe('198.51.100.7');
  });

  test('an IPv6 address is passed on as text', () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::7');

    expect(answered(offer).remote.address).toBe('2001:db8::7');
  });

  test('mirrors every media line, in order, those we refuse with port 0', () => {
    const offer = sdp(
      'm=video 5000 RTP/AVP 96 97',
      'a=rtpmap:96 VP8/90000',
      'm=audio 5002 RTP/SAVP 0',
      'm=audio 5004 RTP/AVP 0',
      'm=audio 5006 RTP/AVP 8',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    );

    const answer = parseSessionDescription(answered(offer).sdp);

    expect(answer?.media.map((m) => `${m.media} ${m.port} ${m.protocol} ${m.formats}`)).toEqual([
      'video 0 RTP/AVP 96,97',
      'audio 0 RTP/SAVP 0',
      'audio 20000 RTP/AVP 0',
      'audio 0 RTP/AVP 8',
      'application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
  });

  test("repeats the offer's t= lines", () => {
    const offer = sdp('m=audio 4000 RTP/AVP 0').replace('t=0 0', 't=2873397496 2873404696');

    expect(answered(offer).sdp).toContain('t=2873397496 2873404696\r\n');
  });

  test.each([
    ['sendrecv', 'sendrecv'],
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
  ])('%s is answered with %s (RFC 3264 section 6.1)', (offered, expected) => {
    const { sdp: answer, remote } = answered(sdp('m=audio 4000 RTP/AVP 0', `a=${offered}`));

    expect(remote.direction).toBe(expected);
    expect(answer).toContain(`a=${expected}\r\n`);
  });

  test("a session's direction holds for lines without their own", () => {
    const held = sdp('a=sendonly', 'm=audio 4000 RTP/AVP 0');
    const resumed = sdp('a=sendonly', 'm=audio 4000 RTP/AVP 0', 'a=sendrecv');

    expect(answered(held).remote.direction).toBe('recvonly');
    expect(answered(resumed).remote.direction).toBe('sendrecv');
  });

  test.each([
    ['sendrecv', 'recvonly'],
    ['sendonly', 'recvonly'],
    ['recvonly', 'inactive'],
    ['inactive', 'inactive'],
  ])('0.0.0.0 with %s is a hold, answered with %s (RFC 6337 section 5.3)', (offered, expected) => {
    const offer = sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0', `a=${offered}`);

    expect(answered(offer).remote.direction).toBe(expected);
  });

  test.each([
    ['text that is not SDP', 'hello', 'malformed'],
    ['no media line', sdp(), 'no-audio'],
    ['video only', sdp('m=video 4000 RTP/AVP 96'), 'no-audio'],
    ['audio that was switched off', sdp('m=audio 0 RTP/AVP 0'), 'no-audio'],
    ['codecs we do not have', sdp('m=audio 4000 RTP/AVP 18 3'), 'no-common-codec'],
    ['a dynamic type without rtpmap', sdp('m=audio 4000 RTP/AVP 96'), 'no-common-codec'],
    ['payload types out of range', sdp('m=audio 4000 RTP/AVP 128 999 -1 0x0'), 'no-common-codec'],
    [
      'digits alone',
      sdp('m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 telephone-event/8000'),
      'no-common-codec',
    ],
    ['SRTP only', sdp('m=audio 4000 RTP/SAVP 0'), 'no-common-security'],
    ['WebRTC', sdp('m=audio 9 UDP/TLS/RTP/SAVPF 0'), 'unsupported-transport'],
    [
      'a multicast group',
      sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127'),
      'unsupported-transport',
    ],
    ['an IPv6 group', sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP6 ff02::1'), 'unsupported-transport'],
    [
      'broadcast',
      sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 255.255.255.255'),
      'unsupported-transport',
    ],
    ['a host name', sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 example.com'), 'unsupported-transport'],
    [
      'an address that is none',
      sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 1.2.3.256'),
      'unsupported-transport',
    ],
    [
      'no address at all',
      sdp('m=audio 4000 RTP/AVP 0').replace('c=IN IP4 192.0.2.1\r\n', ''),
      'malformed',
    ],
  ])('refuses %s', (_what, offer, reason) => {
    expect(reasonOf(answerOffer(offer, LOCAL))).toBe(reason);
  });
});

describe('answer to our offer (RFC 3264 section 7)', () => {
  const offer = createOffer(LOCAL);

  test('is read like an offer, its direction turned to ours', () => {
    const answer = sdp(
      'm=audio 4000 RTP/AVP 8 101',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtcp-mux',
      'a=recvonly',
    );

    expect(acceptAnswer(offer, answer)).toEqual({
      ok: true,
      remote: {
        address: '192.0.2.1',
        port: 4000,
        codec: 'PCMA',
        payloadType: 8,
        telephoneEventPayloadType: 101,
        rtcpMux: true,
        ptimeMs: 20,
        profile: 'RTP/AVP',
        direction: 'sendonly',
      },
    });
  });

  test('fits what our own answering side writes', () => {
    expect(acceptAnswer(offer, answered(offer).sdp)).toMatchObject({
      ok: true,
      remote: { port: 20_000, codec: 'PCMU', telephoneEventPayloadType: 101, rtcpMux: true },
    });
  });

  test('may have payload types of its own, beside which ours go on (section 6.1)', () => {
    const answer = sdp(
      'm=audio 4000 RTP/AVP 107 96',
      'a=rtpmap:107 opus/48000/2',
      'a=rtpmap:96 telephone-event/48000',
    );

    expect(acceptAnswer(createOffer({ ...LOCAL, codecs: ['opus'] }), answer)).toMatchObject({
      remote: {
        payloadType: 107,
        offeredPayloadType: 111,
        telephoneEventPayloadType: 96,
        offeredTelephoneEventPayloadType: 110,
      },
    });
  });

  test('may only name codecs that we offered', () => {
    const narrow = createOffer({ ...LOCAL, codecs: ['PCMU'] });

    expect(acceptAnswer(narrow, sdp('m=audio 4000 RTP/AVP 8'))).toEqual({
      ok: false,
      reason: 'no-common-codec',
    });
  });

  test.each([
    ['garbage', 'garbage', 'malformed'],
    ['an empty body', '', 'malformed'],
    ['another media type', sdp('m=video 4000 RTP/AVP 0'), 'malformed'],
    ['no media line', sdp(), 'no-audio'],
    ['a refused stream', sdp('m=audio 0 RTP/AVP 0'), 'no-audio'],
    ['another profile', sdp('m=audio 4000 RTP/SAVP 0'), 'unsupported-transport'],
  ])('refuses %s', (_what, answer, reason) => {
    expect(acceptAnswer(offer, answer)).toEqual({ ok: false, reason });
  });
});
