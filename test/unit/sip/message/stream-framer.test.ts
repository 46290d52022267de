import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToByteString, utf8Bytes } from '../../../../src/core/bytes.ts';
import { StreamFramer } from '../../../../src/sip/message/stream-framer.ts';

function text(length: string, body = ''): string {
  return `OPTIONS sip:a SIP/2.0\r\nl: ${length}\r\n\r\n${body}`;
}

function frame(chunks: readonly string[]): string[] {
  const framer = new StreamFramer();
  return chunks
    .flatMap((chunk) => framer.push(utf8Bytes(chunk)))
    .map((each) =>
      each.type === 'ping' ? 'ping' : `${each.type} ${bytesToByteString(each.bytes)}`,
    );
}

describe('StreamFramer', () => {
  test('cuts the same messages however the stream was split (RFC 3261 18.3)', () => {
    const stream = `${text('3', 'abc')}\r\n\r\n${text('0')}\r\n${text('4', '\r\n\r\n')}`;
    const whole = frame([stream]);
    expect(whole).toEqual([
      `message ${text('3', 'abc')}`,
      'ping',
      `message ${text('0')}`,
      `message ${text('4', '\r\n\r\n')}`,
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const points = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const chunks = points.slice(1).map((end, index) => stream.slice(points[index], end));
        expect(frame(chunks)).toEqual(whole);
      }),
    );
  });

  test.each(['-1', '99999', '123456789012345678901234567890', 'x', ''])(
    'cannot go on behind Content-Length %j',
    (length) => {
      expect(frame([text(length), text('0')])).toEqual([`broken ${text(length)}`]);
    },
  );

  test('has no body without Content-Length (RFC 3261 20.14, RFC 4475 3.4.1)', () => {
    const head = 'OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n';
    expect(frame([`${head}${text('0')}`])).toHaveLength(2);
  });

  test('cannot go on behind two Content-Lengths (RFC 3261 20.14)', () => {
    expect(frame([text('0\r\nContent-Length: 0')])[0]).toMatch(/^broken/);
  });

  test('gives up on a head that does not end within 64 KB', () => {
    expect(frame(['OPTIONS ', 'x'.repeat(70_000)])[0]).toMatch(/^broken/);
  });

  test('knows that a message is incomplete, and that a keep-alive is none', () => {
    const framer = new StreamFramer();
    framer.push(utf8Bytes('\r\n'));
    expect(framer.isPartial).toBe(false);
    framer.push(utf8Bytes('OPT'));
    expect(framer.isPartial).toBe(true);
  });
});
