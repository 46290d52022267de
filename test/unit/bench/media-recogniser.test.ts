import { expect, test } from 'vitest';
import { bigramModel, wordErrors } from '../../bench/media/recogniser.ts';

test('words that are wrong, missing or too many are errors', () => {
  const said = ['press', 'one', 'to', 'stop'];

  expect(wordErrors(said, said)).toBe(0);
  expect(wordErrors(said, ['press', 'nine', 'to', 'stop'])).toBe(1);
  expect(wordErrors(said, ['press', 'one', 'stop'])).toBe(1);
  expect(wordErrors(said, ['press', 'one', 'to', 'to', 'stop'])).toBe(1);
  expect(wordErrors(said, [])).toBe(4);
});

test('the language model has every word, every pair, and counts them', () => {
  const model = bigramModel(['to', 'be', 'or', 'not', 'to', 'be']);

  expect(model).toContain('ngram 1=6\nngram 2=4\n');
  expect(model).toMatch(/^-0\.5441 to -0\.6990$/m);
  expect(model).toMatch(/^-0\.0969 to be$/m);
});
