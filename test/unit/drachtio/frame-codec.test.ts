import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesToByteString,
  concatBytes,
  utf8ByteString,
  utf8Bytes,
} from '../../../src/core/bytes.ts';
import {
  encodeFrame,
  FrameDecoder,
  parseClientMessage,
} from '../../../src/drachtio/frame-codec.ts';

describe('FrameDecoder', () => {
  test('gives the same frames however they were split or joined', () => {
    const texts = fc.array(fc.string({ minLength: 1, unit: 'binary' }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(1_000), { maxLength: 20 }), (contents, cuts) => {
        const stream = concatBytes(contents.map((text) => encodeFrame(utf8ByteString(text))));
        const points = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
        points.sort((a, b) => a - b);
        const decoder = new FrameDecoder();
        const frames = points
          .slice(1)
          .flatMap((end, index) => decoder.push(stream.subarray(points[index], end)));
        expect(frames).toEqual(contents.map(utf8ByteString));
        expect(decoder.isBroken).toBe(false);
      }),
    );
  });

  test('takes up to five digits of length', () => {
    const decoder = new FrameDecoder();

    expect(decoder.push(utf8Bytes(`99999#${'x'.repeat(99_999)}`))[0]?.length).toBe(99_999);
    decoder.push(utf8Bytes('12345678'));
    expect(decoder.isBroken).toBe(true);
  });

  test('skips what is too long, in whatever pieces it comes, and keeps its start', () => {
    const decoder = new FrameDecoder();
    const long = `100000#id|sip|${'x'.repeat(99_993)}`;
    const stream = utf8Bytes(`2#ok${long}2#on`);
    const frames = [0, 1, 8, 9, 300, 50_000, stream.length].flatMap((end, index, ends) =>
      decoder.push(stream.subarray(ends[index - 1] ?? 0, end)),
    );

    expect(frames).toEqual(['ok', 'on']);
    expect(decoder.takeRefused().map((head) => head.slice(0, 8))).toEqual(['id|sip|x']);
    expect([decoder.takeRefused(), decoder.isBroken]).toEqual([[], false]);
  });

  test.each(['x', '#abc', '12x#', '-1#', '1 #a', 'GET / HTTP/1.1\r\n'])(
    '%j breaks it for good',
    (bytes) => {
      const decoder = new FrameDecoder();
      expect(decoder.push(utf8Bytes(`2#ok${bytes}`))).toEqual(['ok']);

      expect(decoder.isBroken).toBe(true);
      expect(decoder.push(utf8Bytes('2#ok'))).toEqual([]);
    },
  );

  test('survives any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const decoder = new FrameDecoder();
        for (const chunk of chunks) decoder.push(chunk);
      }),
    );
  });
});

test('a frame counts bytes, not characters', () => {
  const frame = encodeFrame(utf8ByteString('a|é'), utf8Bytes('SIP'));

  expect(bytesToByteString(frame)).toBe('9#a|\u00c3\u00a9\r\nSIP');
});

test('a client message is its leader up to the first line break, and the rest', () => {
  expect(parseClientMessage('1|sip|tx|dlg|sip:proxy\r\nBYE x\r\n\r\n')).toEqual({
    id: '1',
    type: 'sip',
    fields: ['tx', 'dlg', 'sip:proxy'],
    payload: 'BYE x\r\n\r\n',
  });
  expect(parseClientMessage('1|ping')).toMatchObject({ fields: [], payload: undefined });
  expect(parseClientMessage('1')).toBeUndefined();
});
