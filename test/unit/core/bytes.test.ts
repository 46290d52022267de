import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  byteStringToBytes,
  bytesToByteString,
  concatBytes,
  indexOfBlankLine,
  utf8ByteString,
  utf8Bytes,
} from '../../../src/core/bytes.ts';

test('a byte string gives its bytes back, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
      expect(byteStringToBytes(bytesToByteString(bytes))).toEqual(bytes);
    }),
    { numRuns: 50 },
  );
});

test('text is the same as a byte string of its UTF-8 form', () => {
  expect(byteStringToBytes(utf8ByteString('Zoë 📞'))).toEqual(utf8Bytes('Zoë 📞'));
});

test('parts are joined in order', () => {
  expect(concatBytes([utf8Bytes('a'), utf8Bytes(''), utf8Bytes('bc')])).toEqual(utf8Bytes('abc'));
});

test.each([
  ['a\r\n\r\nb', 0, 1],
  ['a\r\r\n\r\n', 0, 2],
  ['a\r\n\r\nb\r\n\r\n', 2, 6],
  ['a\r\n\r', 0, -1],
  ['', 0, -1],
])('the blank line of %j from %i is at %i', (text, from, at) => {
  expect(indexOfBlankLine(utf8Bytes(text), from)).toBe(at);
});
