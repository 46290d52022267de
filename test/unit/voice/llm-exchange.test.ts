import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../../src/core/time.ts';
import { LlmExchange, type SpokenPart } from '../../../src/voice/llm-exchange.ts';
import type { LlmEvent, LlmRequest } from '../../../src/voice/ports.ts';
import type { TurnOutput } from '../../../src/voice/turn-io.ts';
import { turnAgent } from '../../support/voice/turn-agent.ts';

const T0 = monotonicMs(0);
const DONE: LlmEvent = { type: 'done' };

function create(changes = {}) {
  const seen: TurnOutput[] = [];
  const exchange = new LlmExchange(
    {
      turnId: 1,
      agent: turnAgent(changes),
      tools: [],
      messages: [{ role: 'user', content: 'Hi.' }],
      emit: (output) => seen.push(output),
    },
    T0,
  );
  const feed = (event: LlmEvent): readonly SpokenPart[] => exchange.handleEvent(event, T0);
  return { exchange, seen, feed };
}

function requestOf(output: TurnOutput | undefined): LlmRequest | undefined {
  return output?.type === 'llm-start' ? output.request : undefined;
}

function toolCall(name: string): LlmEvent {
  return { type: 'tool-call', call: { id: 'x', name, arguments: {} } };
}

describe('LlmExchange', () => {
  test('asks for what the agent says it shall be asked for', () => {
    const { seen } = create({ model: 'm1', temperature: 0.3 });

    expect(requestOf(seen[0])).toEqual({
      messages: [{ role: 'user', content: 'Hi.' }],
      tools: [],
      model: 'm1',
      temperature: 0.3,
      firstAnswerWithinMs: 5_000,
    });
  });

  test('gives sentences as they complete and the rest at the end', () => {
    const { feed } = create();

    expect(feed({ type: 'text', delta: 'One. Tw' })).toEqual([{ text: 'One.' }]);
    expect(feed({ type: 'text', delta: 'o' })).toEqual([]);
    expect(feed(DONE)).toEqual([{ text: 'Two' }]);
  });

  test('a round for unknown tools carries what was written in it', () => {
    const { feed, seen } = create();
    feed({ type: 'text', delta: 'Let me see.' });
    feed(toolCall('weather'));

    expect(feed(DONE)).toEqual([{ text: 'Let me see.' }]);
    expect(requestOf(seen[1])?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        toolCalls: [{ id: 'x', name: 'weather', arguments: {} }],
      },
      { role: 'tool', toolCallId: 'x', content: 'unknown tool' },
    ]);
  });

  test('end_call beside an unknown tool ends the exchange', () => {
    const { exchange, feed, seen } = create();
    feed(toolCall('weather'));
    feed(toolCall('end_call'));
    feed(DONE);

    expect([exchange.endsCall, exchange.isStreaming, exchange.isExhausted]).toEqual([
      true,
      false,
      false,
    ]);
    expect(seen).toHaveLength(1);
  });

  test('a model that never stops writing is not spoken for ever', () => {
    const { feed } = create();
    let chars = 0;
    for (let i = 0; i < 100; i += 1) {
      for (const { text } of feed({ type: 'text', delta: 'word '.repeat(100) }))
        chars += text.length;
    }

    expect(chars).toBeLessThanOrEqual(16_000);
  });

  test('is over once cancelled, and cancels once', () => {
    const { exchange, feed, seen } = create();
    exchange.cancel();
    exchange.cancel();

    expect(feed({ type: 'text', delta: 'Late. Words.' })).toEqual([]);
    expect(seen.map(({ type }) => type)).toEqual(['llm-start', 'llm-cancel']);
    expect(exchange.deadline).toBeUndefined();
  });
});
