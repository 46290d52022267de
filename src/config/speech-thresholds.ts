import { numberBetween, wholeNumber } from './fields.ts';

/** What makes speech of the probabilities of the voice detector. */
export const speechThresholds = {
  onThreshold: numberBetween(0.05, 0.99)
    .exactOptional()
    .describe('Speech probability from which silence becomes speech.'),
  offThreshold: numberBetween(0.01, 0.95)
    .exactOptional()
    .describe('Speech probability below which speech becomes silence.'),
  confirmFrames: wholeNumber(1, 20)
    .exactOptional()
    .describe('Frames of 32 ms in a row that confirm speech.'),
};
