import { expect, test } from 'vitest';
import { hashKeyOf, keyedHash } from '../../../src/core/keyed-hash.ts';

const KEY = { low: 0x03020100, high: 0x07060504 };

test.each([
  ['', '218d1f59b9b83cc8'],
  ['\0', 'be552412f8387315'],
])('HalfSipHash-2-4 of %j is that of its reference', (text, expected) => {
  expect(keyedHash(KEY, text)).toBe(expected);
});

test('differs by key, and by every octet of the text', () => {
  const texts = ['abcdefgh', 'abcdefgi', 'abcdefg', 'bbcdefgh', 'abcdefgh\0'];
  const hashes = texts.flatMap((text) =>
    ['one', 'two'].map((token) => keyedHash(hashKeyOf(token), text)),
  );
  expect(new Set(hashes).size).toBe(10);
});
