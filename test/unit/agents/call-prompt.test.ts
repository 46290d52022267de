import { expect, test } from 'vitest';
import { callPrompt } from '../../../src/agents/call-prompt.ts';

test('a task becomes a prompt for a phone call', () => {
  const prompt = callPrompt({ task: 'Confirm the appointment on Monday.' });

  expect(prompt).toContain('Confirm the appointment on Monday.');
  expect(prompt).toContain('phone');
  expect(prompt).toContain('end the call');
});

test('instructions are taken as they are', () => {
  expect(callPrompt({ instructions: 'You are Rachel.' })).toBe('You are Rachel.');
});

test('request data are facts at the end', () => {
  const requestData = { patient_name: 'Ada', visits: 3, tags: ['new'] };

  expect(callPrompt({ instructions: 'You are Rachel.', requestData })).toBe(
    'You are Rachel.\n\nFacts about this call:\n- patient_name: Ada\n- visits: 3\n- tags: ["new"]',
  );
});
