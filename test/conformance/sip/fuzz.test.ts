import { expect, test } from 'vitest';
import { SipFuzz } from '../../fuzz/sip-fuzz.ts';

/** A short run of `test/fuzz/main.ts`; docs/sip-robustness.md has the long one. */
const INPUTS = 20_000;

test('20,000 damaged inputs harm no parser, no server and no application that reads what is passed up', () => {
  const report = new SipFuzz({ inputs: INPUTS, seed: 4_475 }).run();

  expect(report.inputs).toBe(INPUTS);
  expect(report.passedUp).toBeGreaterThan(1_000);
});
