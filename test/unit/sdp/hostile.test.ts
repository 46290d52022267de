import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptAnswer, answerOffer, createOffer } from '../../../src/sdp/offer-answer.ts';
import { inlineKey, keysOf } from '../../support/sdp/srtp-keys.ts';

const CM80 = 'AES_CM_128_HMAC_SHA1_80';
const LOCAL = {
  address: '127.0.0.1',
  port: 20_000,
  sessionId: 42,
  srtp: { mode: 'accept', keys: keysOf(1) },
} as const;
const NUMBERS = [
  '-1',
  '0',
  String(2 ** 31),
  String(2 ** 32),
  String(2n ** 63n),
  '9'.repeat(30),
  '1e3',
  '0x14',
  '',
];

function sdp(...attributes: readonly string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return `${[...head, 'm=audio 4000 RTP/AVP 0 96', ...attributes].join('\r\n')}\r\n`;
}

/** What becomes of an offer with these lines more than a plain one. */
function outcome(...attributes: readonly string[]): unknown {
  const answer = answerOffer(sdp(...attributes), LOCAL);
  return answer.ok ? answer.remote : answer.reason;
}

const PLAIN = outcome();

describe('numbers that no honest peer sends', () => {
  test.each(
    ['a=ptime:#', 'a=maxptime:#', 'a=rtpmap:# opus/48000/2', 'a=rtpmap:96 opus/#/2'].flatMap(
      (line) => NUMBERS.map((number) => [line.replace('#', number)]),
    ),
  )('%s is left aside', (line) => {
    expect(outcome(line)).toEqual(leftAside(line));
  });

  test.each(NUMBERS)('a=crypto with the tag %s is taken when it is a tag', (tag) => {
    const remote = outcome(`a=crypto:${tag} ${CM80} ${inlineKey(CM80, 2)}`);

    expect(remote).toMatchObject(tag === '0' ? { srtp: { tag: 0 } } : { profile: 'RTP/AVP' });
  });

  test.each(NUMBERS)('a lifetime of %s packets is none', (packets) => {
    expect(outcome(`a=crypto:1 ${CM80} ${inlineKey(CM80, 2)}|${packets}`)).toEqual(
      packets === String(2 ** 31) || packets === String(2 ** 32) || packets === ''
        ? expect.objectContaining({ srtp: expect.anything() })
        : PLAIN,
    );
  });

  test.each(NUMBERS)('a lifetime of 2^%s packets is none', (exponent) => {
    expect(outcome(`a=crypto:1 ${CM80} ${inlineKey(CM80, 2)}|2^${exponent}`)).toEqual(PLAIN);
  });
});

/** But for what is odd and means something all the same. */
function leftAside(line: string): unknown {
  if (line === 'a=rtpmap:0 opus/48000/2') return { ...(PLAIN as object), codec: 'opus' };
  const [, value = ''] = /^a=(?:ptime):(\d+)$/.exec(line) ?? [];
  const isLong = value.length <= 5 && Number(value) > 60;
  return isLong ? { ...(PLAIN as object), ptimeMs: 60 } : PLAIN;
}

describe('lines without end', () => {
  const lines = [
    'a=rtpmap:96 opus/48000/2',
    'a=fmtp:96 useinbandfec=1',
    'a=ptime:20',
    'a=sendrecv',
    'a=rtcp-mux',
    'b=AS:64',
    't=0 0',
    'c=IN IP4 192.0.2.1',
    `a=crypto:1 ${CM80} ${inlineKey(CM80, 2)}`,
  ];

  test.each(lines.flatMap((line) => [1, 63, 64, 65].map((count) => [count, line] as const)))(
    '%i times %s mean what one means',
    (count, line) => {
      expect(outcome(...Array.from({ length: count }, () => line))).toEqual(outcome(line));
    },
  );

  test.each(lines)('a thousand times %s is answered, or too much', (line) => {
    const many = Array.from({ length: 1_000 }, () => line);

    expect([outcome(line), 'malformed']).toContainEqual(outcome(...many));
  });

  test.each([1, 14, 15, 16, 64, 1_000])(
    '%i media lines more are answered, or too many',
    (count) => {
      const lines = Array.from({ length: count }, () => 'm=audio 4002 RTP/AVP 0');

      expect(outcome(...lines)).toEqual(count <= 15 ? PLAIN : 'malformed');
    },
  );
});

describe('characters that would begin a line of their own', () => {
  test.each(['\0', '\r', '\n', '\r\n', '\u2028', '\x0b', '\x85'])(
    '%j stays out of the answer',
    (character) => {
      const places = [
        `a=ptime:20${character}m=audio 1 RTP/AVP 0`,
        `a=crypto:1 ${CM80} ${inlineKey(CM80, 2)}${character}x`,
        `m=video 1 RTP/AVP 9${character}9`,
        `m=video 1 RTP/A${character}VP 9`,
      ];
      for (const place of places) {
        const answer = answerOffer(sdp(place), LOCAL);
        if (!answer.ok) continue;
        expect(answer.sdp).toMatch(/^(?:[a-z]=[^\r\n\0]*\r\n)+$/);
      }
    },
  );
});

test('whatever comes, nothing throws, and what is agreed can be sent', () => {
  const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.nat({ max: 130 }).map(String));
  const line = fc.oneof(
    number.map((each) => `a=ptime:${each}`),
    number.map((each) => `a=maxptime:${each}`),
    fc.tuple(number, number).map(([type, clock]) => `a=rtpmap:${type} L16/${clock}`),
    fc
      .tuple(number, number)
      .map(([tag, life]) => `a=crypto:${tag} ${CM80} ${inlineKey(CM80, 3)}|${life}`),
    number.map((port) => `m=audio ${port} RTP/SAVP 0 8`),
    fc.string({ maxLength: 60, unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (added, requiresSrtp) => {
      const offer = createOffer({ ...LOCAL, srtp: { mode: 'optional', keys: keysOf(1) } });
      for (const result of [
        answerOffer(sdp(...added), LOCAL),
        acceptAnswer(offer, sdp(...added), { requiresSrtp }),
      ]) {
        if (!result.ok) continue;
        expect([10, 20, 30, 40, 50, 60]).toContain(result.remote.ptimeMs);
        expect(result.remote.payloadType).toBeLessThan(128);
        expect(result.remote.port).toBeGreaterThan(0);
      }
    }),
    { seed: 4_568, numRuns: 150 },
  );
});
