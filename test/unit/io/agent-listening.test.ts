import { expect, test } from 'vitest';

import { listeningOf } from '../../../src/io/agent-listening.ts';
import { DEFAULT_VAD } from '../../../src/media/media-engine.ts';

const USUAL = { duckDb: -18, vad: DEFAULT_VAD };

test('an agent that says nothing listens as the engine was set up', () => {
  expect(listeningOf({}, USUAL)).toEqual({
    ...USUAL,
    reflex: { threshold: DEFAULT_VAD.onThreshold, frames: 1 },
  });
});

test('what an agent says takes the place of the usual, and the reflex follows the threshold of speech', () => {
  const listening = { onThreshold: 0.7, endFrames: 9, duckDb: -6 };

  expect(listeningOf({ listening }, USUAL)).toEqual({
    duckDb: -6,
    vad: { ...DEFAULT_VAD, onThreshold: 0.7, endFrames: 9 },
    reflex: { threshold: 0.7, frames: 1 },
  });
});

test('the reflex may have a threshold and frames of its own', () => {
  const listening = { reflexThreshold: 0.3, reflexFrames: 2 };

  expect(listeningOf({ listening }, USUAL).reflex).toEqual({ threshold: 0.3, frames: 2 });
});
