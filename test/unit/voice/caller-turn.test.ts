import { describe, expect, test } from 'vitest';
import { CallerWords, isSameWording } from '../../../src/voice/caller-turn.ts';

describe('CallerWords', () => {
  test('joins finals in order; an interim counts until its final is there', () => {
    const words = new CallerWords();
    words.addFinal({ text: ' I want ' });
    words.setInterim({ text: 'a tab' });
    expect([words.final, words.best]).toEqual(['I want', 'I want a tab']);

    words.addFinal({ text: 'a table.' });
    expect(words.best).toBe('I want a table.');
  });

  test('an endless transcript is cut', () => {
    const words = new CallerWords();
    words.addFinal({ text: 'x'.repeat(7_000) });
    words.addFinal({ text: 'y'.repeat(7_000) });
    words.addFinal({ text: 'z' });

    expect(words.final).toHaveLength(8_001);
    expect(words.final.endsWith('y')).toBe(true);
  });

  test('audio of one rate is joined, of another replaces', () => {
    const words = new CallerWords();
    words.addFinal({ text: 'a', audio: { samples: Int16Array.of(1), sampleRateHz: 8_000 } });
    words.addFinal({ text: 'b', audio: { samples: Int16Array.of(2), sampleRateHz: 8_000 } });
    expect(words.audio?.samples).toEqual(Int16Array.of(1, 2));

    words.addFinal({ text: 'c', audio: { samples: Int16Array.of(3), sampleRateHz: 16_000 } });
    expect(words.audio?.samples).toEqual(Int16Array.of(3));
  });

  test('joined audio is bounded', () => {
    const words = new CallerWords();
    const audio = { samples: new Int16Array(700_000), sampleRateHz: 8_000 };
    for (let i = 0; i < 3; i += 1) words.addFinal({ text: 'a', audio });

    expect(words.audio?.samples).toHaveLength(960_000);
  });
});

test('case and punctuation do not make other words', () => {
  expect(isSameWording('Yes, please!', 'yes please')).toBe(true);
  expect(isSameWording('Yes', 'Yes please')).toBe(false);
});
