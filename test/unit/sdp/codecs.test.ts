import { describe, expect, test } from 'vitest';
import { AUDIO_CODECS, type AudioCodec } from '../../../src/sdp/audio-codec.ts';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';

const ALL: readonly AudioCodec[] = ['opus', 'G722', 'L16/16000', 'PCMU', 'PCMA', 'L16/8000'];
const LOCAL = { address: '127.0.0.1', port: 20_000, sessionId: 42, codecs: ALL };

function sdp(...lines: readonly string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return `${[...head, ...lines].join('\r\n')}\r\n`;
}

function linesOf(text: string, name: string): readonly string[] {
  return text.split('\r\n').filter((line) => line.startsWith(`a=${name}:`));
}

function answered(offer: string, local: Parameters<typeof answerOffer>[1] = LOCAL) {
  const result = answerOffer(offer, local);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result;
}

describe('an offer of every codec', () => {
  const offer = createOffer(LOCAL);

  test('keeps the order of its list, digits behind the codecs, one for each clock', () => {
    expect(offer).toContain('m=audio 20000 RTP/AVP 111 9 117 0 8 118 101 113 110\r\n');
    expect(linesOf(offer, 'rtpmap').map((line) => line.slice(9))).toEqual([
      '111 opus/48000/2',
      '9 G722/8000',
      '117 L16/16000',
      '0 PCMU/8000',
      '8 PCMA/8000',
      '118 L16/8000',
      '101 telephone-event/8000',
      '113 telephone-event/16000',
      '110 telephone-event/48000',
    ]);
  });

  test('asks for mono Opus at 16 kHz with error correction (RFC 7587 section 6.1)', () => {
    expect(linesOf(offer, 'fmtp')[0]).toBe(
      'a=fmtp:111 useinbandfec=1;stereo=0;sprop-stereo=0;maxplaybackrate=16000;sprop-maxcapturerate=16000',
    );
  });

  test('takes no digits of a clock that no codec has (RFC 4733 section 2.1)', () => {
    expect(createOffer({ ...LOCAL, codecs: ['opus'] })).toContain('RTP/AVP 111 110\r\n');
    expect(createOffer({ ...LOCAL, codecs: ['G722', 'PCMA'] })).toContain('RTP/AVP 9 8 101\r\n');
  });

  test('has no payload type twice, and dynamic ones where they have to be', () => {
    const types = ALL.map((codec) => AUDIO_CODECS[codec].payloadType);

    expect(new Set(types).size).toBe(ALL.length);
    expect(types.filter((type) => type > 34).every((type) => type >= 96 && type <= 127)).toBe(true);
  });
});

describe('a codec is known by its rtpmap', () => {
  test.each([
    ['0', [], 'PCMU', 8_000],
    ['9', [], 'G722', 8_000],
    ['9', ['a=rtpmap:9 G722/8000/1'], 'G722', 8_000],
    ['107', ['a=rtpmap:107 opus/48000/2'], 'opus', 48_000],
    ['96', ['a=rtpmap:96 OPUS/48000/2'], 'opus', 48_000],
    ['96', ['a=rtpmap:96 opus/48000'], 'opus', 48_000],
    ['98', ['a=rtpmap:98 L16/16000'], 'L16/16000', 16_000],
    ['98', ['a=rtpmap:98 L16/8000/1'], 'L16/8000', 8_000],
  ] as const)('%s %s is %s', (format, maps, codec, clockRateHz) => {
    const { remote } = answered(sdp(`m=audio 4000 RTP/AVP ${format}`, ...maps));

    expect(remote).toMatchObject({ codec, payloadType: Number(format) });
    expect(AUDIO_CODECS[remote.codec].clockRateHz).toBe(clockRateHz);
  });

  test.each([
    'opus/16000/2',
    'opus/48000/6',
    'G722/16000',
    'L16/16000/2',
    'L16/44100',
    'PCMU/8000/2',
    'G729/8000',
    'opus',
  ])('%s is none of ours', (encoding) => {
    const offer = sdp('m=audio 4000 RTP/AVP 96', `a=rtpmap:96 ${encoding}`);

    expect(answerOffer(offer, LOCAL)).toEqual({ ok: false, reason: 'no-common-codec' });
  });

  test('the answer repeats the payload type of the offer and says what we would like to get', () => {
    const { sdp: answer } = answered(
      sdp('m=audio 4000 RTP/AVP 107 0', 'a=rtpmap:107 opus/48000/2', 'a=fmtp:107 stereo=1'),
    );

    expect(answer).toContain('m=audio 20000 RTP/AVP 107\r\na=rtpmap:107 opus/48000/2\r\n');
    expect(linesOf(answer, 'fmtp')[0]).toMatch(/^a=fmtp:107 useinbandfec=1;stereo=0;/);
  });
});

describe('what goes along with the codec', () => {
  const offer = sdp(
    'm=audio 4000 RTP/AVP 107 0 101 110 13',
    'a=rtpmap:107 opus/48000/2',
    'a=rtpmap:101 telephone-event/8000',
    'a=rtpmap:110 telephone-event/48000',
  );

  test.each([
    ['opus', 110, undefined],
    ['PCMU', 101, 13],
  ] as const)('digits and comfort noise of %s have its clock', (codec, events, noise) => {
    const { remote, sdp: answer } = answered(offer, { ...LOCAL, codecs: [codec] });

    expect(remote.telephoneEventPayloadType).toBe(events);
    expect(remote.comfortNoisePayloadType).toBe(noise);
    expect(linesOf(answer, 'rtpmap')).toContain(
      `a=rtpmap:${events} telephone-event/${AUDIO_CODECS[codec].clockRateHz}`,
    );
  });

  test('digits at 8000 are better than none (older Asterisk, Cisco)', () => {
    const opus = ['m=audio 4000 RTP/AVP 107 101', 'a=rtpmap:107 opus/48000/2'];
    const { remote, sdp: answer } = answered(sdp(...opus, 'a=rtpmap:101 telephone-event/8000'));

    expect(remote.telephoneEventPayloadType).toBe(101);
    expect(linesOf(answer, 'rtpmap')).toContain('a=rtpmap:101 telephone-event/8000');
  });

  test('comfort noise is answered where it is offered (RFC 3389 section 4), and not offered', () => {
    const { sdp: answer } = answered(sdp('m=audio 4000 RTP/AVP 9 13 97', 'a=rtpmap:97 CN/16000'));

    expect(answer).toContain('m=audio 20000 RTP/AVP 9 13\r\n');
    expect(answer).toContain('a=rtpmap:13 CN/8000\r\n');
    expect(createOffer(LOCAL)).not.toContain('CN/');
  });
});

describe('packet time (RFC 8866 section 6.4)', () => {
  test.each([
    [[], 20],
    [['a=ptime:10'], 10],
    [['a=ptime:30'], 30],
    [['a=ptime:60'], 60],
    [['a=ptime:20.0'], 20],
    [['a=ptime:25'], 20],
    [['a=ptime:5'], 10],
    [['a=ptime:80'], 60],
    [['a=ptime:99999'], 60],
    [['a=maxptime:60'], 20],
    [['a=maxptime:10'], 10],
    [['a=maxptime:15'], 10],
    [['a=maxptime:3'], 10],
    [['a=ptime:40', 'a=maxptime:30'], 30],
    [['a=ptime:30', 'a=maxptime:240'], 30],
    [['a=ptime:0'], 20],
    [['a=ptime:-20'], 20],
    [['a=ptime:4294967296'], 20],
    [['a=ptime:1e1'], 20],
    [['a=ptime'], 20],
    [['a=ptime:'], 20],
  ])('%s means %i ms', (attributes, ptimeMs) => {
    const { remote, sdp: answer } = answered(sdp('m=audio 4000 RTP/AVP 0', ...attributes));

    expect(remote.ptimeMs).toBe(ptimeMs);
    expect(answer).toContain(`a=ptime:${ptimeMs}\r\n`);
  });

  test.each([
    [30, 20],
    [50, 40],
    [40, 40],
    [60, 60],
  ])('of Opus, %i ms is %i: it has no other frames (RFC 6716 section 2.1.4)', (asked, ptimeMs) => {
    const offer = sdp('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', `a=ptime:${asked}`);

    expect(answered(offer).remote.ptimeMs).toBe(ptimeMs);
  });

  test('ours is what we ask for, and what we send where the peer asks for nothing', () => {
    const local = { ...LOCAL, ptimeMs: 40 };
    const asked = answered(sdp('m=audio 4000 RTP/AVP 0', 'a=ptime:30'), local);
    const silent = acceptAnswer(createOffer(local), sdp('m=audio 4000 RTP/AVP 0'), local);

    expect(createOffer(local)).toContain('a=ptime:40\r\na=maxptime:60\r\n');
    expect(asked.sdp).toContain('a=ptime:40\r\n');
    expect(asked.remote.ptimeMs).toBe(30);
    expect(silent).toMatchObject({ remote: { ptimeMs: 40 } });
  });
});

describe('a later offer within a call', () => {
  test('begins with what was agreed, under its payload types (RFC 3264 section 8.3.2)', () => {
    const { remote } = answered(
      sdp(
        'm=audio 4000 RTP/AVP 101 97 13',
        'a=rtpmap:101 opus/48000/2',
        'a=rtpmap:97 telephone-event/48000',
      ),
    );
    const offer = createOffer({ ...LOCAL, codecs: ['PCMU', 'opus', 'G722'], agreed: remote });

    expect(offer).toContain('m=audio 20000 RTP/AVP 101 0 9 97\r\n');
    expect(offer).toContain('a=rtpmap:101 opus/48000/2\r\n');
    expect(offer).not.toContain('telephone-event/8000');
  });

  test('names digits once for each clock', () => {
    const { remote } = answered(
      sdp('m=audio 4000 RTP/AVP 0 99', 'a=rtpmap:99 telephone-event/8000'),
    );
    const offer = createOffer({ ...LOCAL, codecs: ['PCMU', 'PCMA', 'opus'], agreed: remote });

    expect(offer).toContain('m=audio 20000 RTP/AVP 0 8 111 99 110\r\n');
  });
});
