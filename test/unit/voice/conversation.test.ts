import { expect, test } from 'vitest';
import { Conversation } from '../../../src/voice/conversation.ts';

test('holds the instructions, then what both sides said, then the open caller turn', () => {
  const conversation = new Conversation('Be brief.');
  conversation.addAgent('Hello.');
  conversation.addCaller({ text: 'Hi.' });

  expect(conversation.messages({ text: 'Well?' })).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content: 'Hi.' },
    { role: 'user', content: 'Well?' },
  ]);
});

test('an open caller turn is not kept', () => {
  const conversation = new Conversation('');
  conversation.messages({ text: 'A' });

  expect(conversation.messages({ text: 'B' })).toEqual([{ role: 'user', content: 'B' }]);
});

test('an agent turn of which nothing was heard is not in it', () => {
  const conversation = new Conversation('');
  conversation.addAgent('');

  expect(conversation.messages({ text: 'B' })).toHaveLength(1);
});

test('of a conversation without end the instructions and what was said last are kept', () => {
  const conversation = new Conversation('Be brief.');
  for (let turn = 0; turn < 1_000; turn += 1) {
    conversation.addCaller({ text: `${turn} ${'a'.repeat(500)}` });
    conversation.addAgent(`${turn} ${'b'.repeat(500)}`);
  }

  const messages = conversation.messages({ text: 'Well?' });

  expect(messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
  expect(messages.at(-2)?.content).toMatch(/^999 b/);
  expect(messages.at(-1)).toEqual({ role: 'user', content: 'Well?' });
  const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
  expect(chars).toBeGreaterThan(59_000);
  expect(chars).toBeLessThan(60_100);
});
