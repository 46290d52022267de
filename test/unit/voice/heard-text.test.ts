import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { heardText, type PlayedSentence } from '../../../src/voice/heard-text.ts';

function sentence(text: string, changes: Partial<PlayedSentence> = {}): PlayedSentence {
  return { text, writtenMs: 1_000, isComplete: true, markReached: false, ...changes };
}

describe('heardText', () => {
  test('counts sentences whose mark was reached in full', () => {
    const played = [sentence('One two.', { markReached: true }), sentence('Three four.')];

    expect(heardText(played)).toBe('One two.');
    expect(heardText(played, 1_000)).toBe('One two.');
  });

  test('counts the words of the sentence that was cut by the share of it that was played', () => {
    const played = [sentence('One two.', { markReached: true }), sentence('aaaa bbbb cccc dddd')];

    expect(heardText(played, 1_500)).toBe('One two. aaaa bbbb');
    expect(heardText(played, 1_990)).toBe('One two. aaaa bbbb cccc dddd');
  });

  test('a mark that was reached without an account still counts', () => {
    expect(heardText([sentence('A b.'), sentence('C d.', { markReached: true })])).toBe(
      'A b. C d.',
    );
  });

  test('the length of a sentence that is still coming is estimated from those before', () => {
    const played = [
      sentence('aaaa bbbb', { markReached: true, writtenMs: 900 }),
      sentence('cccc dddd', { isComplete: false, writtenMs: 450 }),
    ];

    expect(heardText(played, 900 + 450)).toBe('aaaa bbbb cccc');
  });

  test('or from a typical voice when there are none', () => {
    const played = [sentence('aaaa bbbb', { isComplete: false, writtenMs: 100 })];

    expect(heardText(played, 100)).toBe('');
    expect(heardText(played, 300)).toBe('aaaa');
  });

  test('nothing played is nothing heard', () => {
    expect(heardText([sentence('Hello.')], 0)).toBe('');
    expect(heardText([], 500)).toBe('');
  });

  test('more played never means less heard, and never more than was said', () => {
    const text = 'one two three four five six seven';
    fc.assert(
      fc.property(fc.nat(1_200), fc.nat(1_200), (left, right) => {
        const shorter = heardText([sentence(text)], Math.min(left, right));
        const longer = heardText([sentence(text)], Math.max(left, right));

        expect(longer.startsWith(shorter)).toBe(true);
        expect(text.startsWith(longer)).toBe(true);
      }),
    );
  });
});
