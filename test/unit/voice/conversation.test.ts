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
