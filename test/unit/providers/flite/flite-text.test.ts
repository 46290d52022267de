import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSpeakablePieces } from '../../../../src/providers/flite/flite-text.ts';

describe('text for Flite', () => {
  test.each([
    ['', []],
    [' \n\t', []],
    ['\u0000\u0007\u001b', []],
    ['🙂 …', []],
    ['Café “naïve” — yes…', ['Cafe "naive" , yes...']],
    ['one\u0000two', ['one two']],
  ])('%j becomes %j', (text, pieces) => {
    expect(toSpeakablePieces(text)).toEqual(pieces);
  });

  test('a sentence is cut after a clause that is worth it', () => {
    expect(
      toSpeakablePieces('Well, yes, your order of three large pizzas is ready, shall I bring it?'),
    ).toEqual(['Well, yes, your order of three large pizzas is ready,', 'shall I bring it?']);
    expect(toSpeakablePieces('Well, yes, of course.')).toEqual(['Well, yes, of course.']);
  });

  test('a long clause is cut between words', () => {
    const pieces = toSpeakablePieces('word '.repeat(60));
    expect(pieces.map((piece) => piece.length)).toEqual([239, 59]);
  });

  test('a long text without a space is cut anyway', () => {
    expect(toSpeakablePieces('a'.repeat(500)).map((piece) => piece.length)).toEqual([240, 240, 20]);
  });

  test('whatever comes in, what goes out is bounded printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (text) => {
        const pieces = toSpeakablePieces(text);
        expect(pieces.every((piece) => /^[\x20-\x7e]{1,240}$/.test(piece))).toBe(true);
      }),
    );
  });
});
