import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToByteString, concatBytes } from '../../../../src/core/bytes.ts';
import { Headers } from '../../../../src/sip/message/headers.ts';
import { parseMessage } from '../../../../src/sip/message/parse-message.ts';
import { serializeMessage } from '../../../../src/sip/message/serialize-message.ts';
import type { SipMessage } from '../../../../src/sip/message/sip-message.ts';
import { StreamFramer } from '../../../../src/sip/message/stream-framer.ts';

const token = fc.stringMatching(/^[A-Za-z0-9\-.!*_+`'~]{1,12}$/);
const value = fc.stringMatching(/^[!-~\x80-\xff]([ -~\x80-\xff]{0,30}[!-~\x80-\xff])?$/);
const body = fc.uint8Array({ maxLength: 200 });
const others = fc.array(fc.tuple(fc.constantFrom('X-A', 'Subject', 'User-Agent', 'X-b'), value), {
  maxLength: 4,
});

/** Requests and responses as this stack knows them. */
const message: fc.Arbitrary<SipMessage> = fc
  .record({
    method: token,
    number: fc.nat(),
    tag: token,
    callId: token,
    others,
    body,
    status: fc.integer({ min: 100, max: 699 }),
    isRequest: fc.boolean(),
  })
  .map(({ method, number, tag, callId, others: more, body: content, status, isRequest }) => {
    const headers = Headers.of(
      ['Via', `SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${tag}`],
      ['From', `"A" <sip:a@example.com>;tag=${tag}`],
      ['To', '<sip:b@example.com>'],
      ['Call-ID', callId],
      ['CSeq', `${number} ${method}`],
      ...more,
      ['Content-Length', `${content.length}`],
    );
    return isRequest
      ? { type: 'request', method, uri: 'sip:b@example.com', headers, body: content }
      : { type: 'response', statusCode: status, reason: 'Some Reason', headers, body: content };
  });

function shown(parsed: ReturnType<typeof parseMessage>): unknown {
  if (parsed.type === 'malformed') return parsed.reason;
  return { ...parsed, headers: [...parsed.headers], body: bytesToByteString(parsed.body) };
}

test('what is serialized is parsed as it was (RFC 3261 7)', () => {
  fc.assert(
    fc.property(message, (given) => {
      expect(shown(parseMessage(serializeMessage(given)))).toEqual(shown(given));
    }),
    { numRuns: 2_000 },
  );
});

test('however a stream is split, the same messages come out of it (RFC 3261 18.3)', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), cuts, (messages, lengths) => {
      const stream = concatBytes(messages.map(serializeMessage));
      const framer = new StreamFramer();
      const found: unknown[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + (lengths[turn % lengths.length] ?? 1);
        for (const framed of framer.push(stream.slice(at, end))) {
          found.push(framed.type === 'message' ? shown(parseMessage(framed.bytes)) : framed.type);
        }
        at = end;
      }
      expect(found).toEqual(messages.map(shown));
    }),
    { numRuns: 500 },
  );
});
