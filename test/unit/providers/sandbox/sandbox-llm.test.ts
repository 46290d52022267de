import { describe, expect, test } from 'vitest';
import { SandboxLlm } from '../../../../src/providers/sandbox/sandbox-llm.ts';
import type { ConversationMessage, LlmEvent, ToolDefinition } from '../../../../src/voice/ports.ts';
import { collect } from '../../../support/providers/collect.ts';

const END_CALL: ToolDefinition = { name: 'end_call', description: '', parameters: {} };
const SPEECH = {
  role: 'user',
  content: '[speech 1.4 s, -23 dBFS]',
  audio: { samples: new Int16Array(11_200), sampleRateHz: 8_000 },
} as const satisfies ConversationMessage;

async function reply(
  messages: readonly ConversationMessage[],
  tools: readonly ToolDefinition[] = [END_CALL],
): Promise<LlmEvent[]> {
  return await collect(new SandboxLlm().reply({ messages, tools }, new AbortController().signal));
}

function spoken(events: readonly LlmEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.delta : '')).join('');
}

const EARLIER: readonly ConversationMessage[] = [
  { role: 'assistant', content: 'Hello!' },
  SPEECH,
  { role: 'assistant', content: 'I am a sandbox …' },
];

describe('the sandbox agent', () => {
  test('says in its first answer, and only there, that it is no model', async () => {
    const greeting: ConversationMessage = { role: 'assistant', content: 'Hello!' };
    expect(spoken(await reply([greeting, SPEECH]))).toContain('sandbox');
    expect(spoken(await reply([...EARLIER, SPEECH]))).not.toContain('sandbox');
  });

  test('plays the caller’s own words between two of its own', async () => {
    const events = await reply([...EARLIER, SPEECH]);
    const kinds = events.map((event) => event.type);
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      'text',
      'audio',
      'text',
      'done',
    ]);
    expect(events.find((event) => event.type === 'audio')?.audio).toBe(SPEECH.audio);
    expect(spoken(events)).toBe('You said: That was 1.4 seconds. ');
  });

  test('spells pressed digits out', async () => {
    const events = await reply([...EARLIER, { role: 'user', content: '[pressed 10*#]' }]);
    expect(spoken(events)).toBe('You pressed one, zero, star, pound. ');
  });

  test('nine hangs up with a farewell', async () => {
    const events = await reply([...EARLIER, { role: 'user', content: '[pressed 9]' }]);
    expect(spoken(events)).toContain('Goodbye');
    expect(events.at(-2)).toEqual({
      type: 'tool-call',
      call: { id: 'sandbox_end_call', name: 'end_call', arguments: {} },
    });
  });

  test('nine is a digit like another where the call may not be ended', async () => {
    const events = await reply([...EARLIER, { role: 'user', content: '[pressed 9]' }], []);
    expect(spoken(events)).toBe('You pressed nine. ');
  });

  test('repeats words that a real recogniser wrote', async () => {
    const events = await reply([...EARLIER, { role: 'user', content: 'good morning' }]);
    expect(spoken(events)).toBe('You said: good morning ');
  });

  test('has nothing to say to a tool’s result', async () => {
    expect(await reply([{ role: 'tool', toolCallId: 'x', content: 'ok' }])).toEqual([
      { type: 'done' },
    ]);
    expect(await reply([])).toEqual([{ type: 'done' }]);
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const events = new SandboxLlm().reply({ messages: [SPEECH], tools: [] }, controller.signal);
    await events.next();
    controller.abort();
    await expect(events.next()).rejects.toMatchObject({ code: 'provider-aborted' });
  });
});
