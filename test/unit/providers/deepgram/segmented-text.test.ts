import { describe, expect, test } from 'vitest';
import { readSegment, SegmentedText } from '../../../../src/providers/deepgram/segmented-text.ts';

describe('the text of a stretch of speech', () => {
  test('is its final segments and the interim one after them', () => {
    const text = new SegmentedText();
    text.add({ text: 'my number', confidence: 0.9 });
    expect(text.withInterim({ text: 'is', confidence: 0.2 })).toEqual({
      text: 'my number is',
      confidence: 0.9,
    });
    text.add({ text: 'is one', confidence: 0.7 });
    expect(text.take()).toEqual({ text: 'my number is one', confidence: 0.7 });
    expect(text.take()).toEqual({ text: '' });
  });
});

describe('a Results message', () => {
  test.each([
    ['nothing', {}],
    ['a channel that is no object', { channel: 7 }],
    ['no alternatives', { channel: { alternatives: [] } }],
    ['alternatives that are none', { channel: { alternatives: 'x' } }],
    ['a transcript that is no text', { channel: { alternatives: [{ transcript: 3 }] } }],
  ])('with %s is an empty segment', (_, event) => {
    expect(readSegment(event)).toEqual({ text: '', confidence: undefined });
  });

  test('has its confidence between 0 and 1', () => {
    const event = { channel: { alternatives: [{ transcript: ' hi ', confidence: 1.5 }] } };
    expect(readSegment(event)).toEqual({ text: 'hi', confidence: 1 });
  });
});
