import { describe, expect, test } from 'vitest';
import {
  adaptDialect,
  initialDialect,
  toChatRequest,
} from '../../../../src/providers/openai/chat-request.ts';

const REQUEST = { messages: [], tools: [], temperature: 0.4, maxTokens: 50 };

describe('a chat request', () => {
  test('carries the documented limit, and the deprecated one only where that is refused', () => {
    const dialect = initialDialect('gpt-4o');
    expect(toChatRequest(REQUEST, 'gpt-4o', dialect)).toMatchObject({
      max_completion_tokens: 50,
      temperature: 0.4,
      stream_options: { include_usage: true },
    });
    const adapted = adaptDialect(dialect, 'Unrecognized argument: max_completion_tokens');
    const body = adapted && toChatRequest(REQUEST, 'gpt-4o', adapted);
    expect(body).toMatchObject({ max_tokens: 50 });
    expect(body).not.toHaveProperty('max_completion_tokens');
  });

  test.each(['temperature', 'stream_options'])('drops %s where it is refused', (parameter) => {
    const adapted = adaptDialect(initialDialect('m'), `Unsupported value: '${parameter}'`);
    expect(adapted && toChatRequest(REQUEST, 'm', adapted)).not.toHaveProperty(parameter);
    expect(adapted && adaptDialect(adapted, parameter)).toBeUndefined();
  });

  test('a model that can think is asked not to, unless it refuses that', () => {
    const dialect = initialDialect('gpt-5.4-mini');
    expect(toChatRequest(REQUEST, 'gpt-5.4-mini', dialect).reasoning_effort).toBe('none');
    expect(adaptDialect(dialect, 'reasoning_effort')).toMatchObject({ reasoningEffort: false });
    expect(initialDialect('llama3').reasoningEffort).toBe(false);
  });

  test('another complaint changes nothing', () => {
    expect(adaptDialect(initialDialect('m'), 'messages: too long')).toBeUndefined();
  });

  test('sends no empty list of tools', () => {
    expect(toChatRequest(REQUEST, 'm', initialDialect('m'))).not.toHaveProperty('tools');
  });

  test('keeps what the conversation consists of', () => {
    const call = { id: 'c1', name: 'end_call', arguments: { reason: 'done' } };
    const body = toChatRequest(
      {
        messages: [
          { role: 'system', content: 'be short' },
          { role: 'user', content: 'bye' },
          { role: 'assistant', content: '', toolCalls: [call] },
          { role: 'tool', toolCallId: 'c1', content: 'ok' },
          { role: 'assistant', content: 'Goodbye.' },
        ],
        tools: [{ name: 'end_call', description: 'Hangs up.', parameters: { type: 'object' } }],
      },
      'm',
      initialDialect('m'),
    );
    expect(body.messages).toEqual([
      { role: 'system', content: 'be short' },
      { role: 'user', content: 'bye' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'end_call', arguments: '{"reason":"done"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'ok' },
      { role: 'assistant', content: 'Goodbye.' },
    ]);
    expect(body.tools).toEqual([
      {
        type: 'function',
        function: { name: 'end_call', description: 'Hangs up.', parameters: { type: 'object' } },
      },
    ]);
  });
});
