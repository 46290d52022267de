import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SentenceSplitter } from '../../../src/voice/sentence-splitter.ts';

function split(...deltas: readonly string[]): readonly string[] {
  const splitter = new SentenceSplitter();
  return [...deltas.flatMap((delta) => splitter.push(delta)), ...splitter.flush()];
}

describe('SentenceSplitter', () => {
  test.each([
    { name: 'full stops', text: 'One. Two! Three? Four', is: ['One.', 'Two!', 'Three?', 'Four'] },
    { name: 'titles', text: 'Ask Dr. Smith or Mr. X. Now.', is: ['Ask Dr. Smith or Mr. X. Now.'] },
    { name: 'abbreviations', text: 'Fruit, e.g. Apples. Ok.', is: ['Fruit, e.g. Apples.', 'Ok.'] },
    { name: 'decimals', text: 'It is 3.5 % now. Ok.', is: ['It is 3.5 % now.', 'Ok.'] },
    {
      name: 'URLs',
      text: 'See www.example.com/a?b=c. Then call.',
      is: ['See www.example.com/a?b=c.', 'Then call.'],
    },
    { name: 'ellipses', text: 'Well... Let me see... Yes.', is: ['Well... Let me see... Yes.'] },
    {
      name: 'small letters',
      text: 'That is approx. five. Ok.',
      is: ['That is approx. five.', 'Ok.'],
    },
    { name: 'quotes', text: 'He said "No." Then left.', is: ['He said "No."', 'Then left.'] },
    { name: 'line breaks', text: 'First\nSecond\n\nThird', is: ['First', 'Second', 'Third'] },
    { name: 'numbered lists', text: '1. Milk\n2. Bread', is: ['1. Milk', '2. Bread'] },
    { name: 'a plain no', text: 'No. Not now. See no. 5.', is: ['No.', 'Not now.', 'See no. 5.'] },
    { name: 'ordinals', text: 'Am 3. Mai. Gut.', is: ['Am 3. Mai.', 'Gut.'] },
    {
      name: 'numbers at the end',
      text: 'You are number 35. Wait.',
      is: ['You are number 35.', 'Wait.'],
    },
    { name: 'CJK stops', text: '你好。再见。', is: ['你好。', '再见。'] },
    { name: 'nothing to say', text: ' ... \n --- ', is: [] },
  ])('knows $name', ({ text, is }) => {
    expect(split(text)).toEqual(is);
  });

  test('gives a sentence as soon as the next word begins, not before', () => {
    const splitter = new SentenceSplitter();

    expect(splitter.push('It is 3.')).toEqual([]);
    expect(splitter.push('5 now. ')).toEqual([]);
    expect(splitter.push('N')).toEqual(['It is 3.5 now.']);
  });

  test('a long first clause goes early, later ones wait for their sentence', () => {
    const long = 'If you would like me to book that table for you, then just tell me so';

    expect(split(`${long}. ${long}.`)).toEqual([`${long}.`, `${long}.`]);
    expect(split(long, `. ${long}.`)).toEqual([
      'If you would like me to book that table for you,',
      'then just tell me so.',
      `${long}.`,
    ]);
  });

  test('text without an end is cut at a space', () => {
    const sentences = split('word '.repeat(200));

    expect(sentences.length).toBeGreaterThan(1);
    expect(sentences.every((sentence) => sentence.length <= 400)).toBe(true);
  });

  test('no word is lost or split, however the text is cut into deltas', () => {
    const word = fc.constantFrom(
      'Yes',
      'no,',
      'Dr.',
      '3.5',
      'ok?',
      'end.',
      'a.b/c',
      '...',
      '\n',
      '“So!”',
    );
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 1, max: 9 }), (words, size) => {
        const text = words.join(' ');
        const deltas = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? [];
        const spoken = (value: string) => value.split(/\s+/u).filter((part) => /\w/u.test(part));

        expect(spoken(split(...deltas).join(' '))).toEqual(spoken(text));
      }),
    );
  });
});
