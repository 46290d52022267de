import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OpenAiConnection } from '../../../src/providers/openai/openai-connection.ts';
import { OpenAiLlm } from '../../../src/providers/openai/openai-llm.ts';
import { resilientLlm } from '../../../src/providers/resilient-providers.ts';
import type { LlmEvent, LlmRequest } from '../../../src/voice/ports.ts';
import { collect } from '../../support/providers/collect.ts';
import { FAKE_OPENAI_KEY, FakeOpenAi } from '../../support/providers/fake-openai.ts';

const REQUEST: LlmRequest = { messages: [{ role: 'user', content: 'my secret' }], tools: [] };

let server: FakeOpenAi;
let connection: OpenAiConnection;
let llm: OpenAiLlm;

beforeEach(async () => {
  server = await FakeOpenAi.start();
  connection = new OpenAiConnection({ apiKey: FAKE_OPENAI_KEY, baseUrl: server.baseUrl });
  llm = new OpenAiLlm(connection, 'fake-model');
});

afterEach(async () => {
  await connection.close();
  await server.stop();
});

function reply(request: Partial<LlmRequest> = {}, signal = new AbortController().signal) {
  return llm.reply({ ...REQUEST, ...request }, signal);
}

function spoken(events: readonly LlmEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.delta : '')).join('');
}

/** What came before the error, and its code. */
async function outcome(stream: AsyncIterable<LlmEvent>): Promise<readonly [string, unknown]> {
  const events: LlmEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return [spoken(events), undefined];
  } catch (error) {
    return [spoken(events), error];
  }
}

describe('chat completions over HTTP', () => {
  test('stream words as they come and end with the counts', async () => {
    const events = await collect(reply());
    expect(spoken(events)).toBe('Hello there. How can I help you?');
    expect(events.length).toBeGreaterThan(5);
    expect(events.at(-1)).toEqual({ type: 'done', inputTokens: 17, outputTokens: 7 });
  });

  test('characters cut by a chunk boundary stay whole', async () => {
    server.chat.writeBytes = 1;
    server.chat.reply = () => ({ text: 'Grüße aus Łódź 👋 für dich' });
    expect(spoken(await collect(reply()))).toBe('Grüße aus Łódź 👋 für dich');
  });

  test('the first word is handed on before the last one is made', async () => {
    server.chatFaults.push({ type: 'stall', parts: 2 });
    const controller = new AbortController();
    const events = reply({}, controller.signal);
    expect((await events.next()).value).toEqual({ type: 'text', delta: 'Hello ' });
    controller.abort();
    await expect(events.next()).rejects.toMatchObject({ code: 'provider-aborted' });
  });

  test('parallel tool calls are put together', async () => {
    server.chat.reply = () => ({
      text: 'Wait.',
      toolCalls: [
        { id: 'a', name: 'look_up', arguments: '{"query":"opening hours","limit":3}' },
        { id: 'b', name: 'end_call', arguments: '' },
      ],
    });
    const tools = [{ name: 'look_up', description: 'd', parameters: { type: 'object' } }];
    const calls = (await collect(reply({ tools }))).filter((event) => event.type === 'tool-call');
    expect(calls.map(({ call }) => call)).toEqual([
      { id: 'a', name: 'look_up', arguments: { query: 'opening hours', limit: 3 } },
      { id: 'b', name: 'end_call', arguments: {} },
    ]);
  });

  test('sends model, temperature and limit', async () => {
    await collect(reply({ model: 'other', temperature: 0.3, maxTokens: 99 }));
    expect(server.exchanges[0]?.body).toMatchObject({
      model: 'other',
      temperature: 0.3,
      max_completion_tokens: 99,
      stream: true,
    });
  });

  test('learns what a server refuses, once', async () => {
    server.chat.refused = ['max_completion_tokens', 'stream_options', 'temperature'];
    const request = { maxTokens: 99, temperature: 0.3 };
    expect(spoken(await collect(reply(request)))).toContain('Hello');
    expect(server.exchanges).toHaveLength(1);
    const events = await collect(reply(request));
    expect(server.exchanges).toHaveLength(2);
    expect(server.exchanges[1]?.body).toMatchObject({ max_tokens: 99 });
    expect(events.at(-1)).toEqual({ type: 'done' });
  });

  test('one warm connection serves one call after another', async () => {
    await collect(reply());
    // A connection is free a turn of the event loop after its answer.
    await new Promise(setImmediate);
    await collect(reply());
    const ports = server.exchanges.map((exchange) => exchange.clientPort);
    expect(ports[1]).toBe(ports[0]);
  });

  test('many calls at once each get their own', async () => {
    server.chat.firstMs = 20;
    const replies = await Promise.all(Array.from({ length: 30 }, () => collect(reply())));
    expect(replies.every((events) => events.at(-1)?.type === 'done')).toBe(true);
    expect(new Set(server.exchanges.map((exchange) => exchange.clientPort)).size).toBe(30);
  });
});

describe('a failing chat server', () => {
  test.each([
    [{ type: 'status', status: 500 }, '', 'provider-unreachable', true],
    [{ type: 'status', status: 429, retryAfterS: 2 }, '', 'provider-overloaded', true],
    [{ type: 'status', status: 400 }, '', 'provider-rejected', false],
    [{ type: 'reset', parts: 0 }, '', 'provider-unreachable', true],
    [{ type: 'reset', parts: 2 }, 'Hello ', 'provider-unreachable', true],
    [{ type: 'malformed', parts: 2 }, 'Hello ', 'provider-protocol', true],
    [{ type: 'end', parts: 3 }, 'Hello there. ', 'provider-protocol', true],
  ] as const)('%j gives "%s" and %s', async (fault, text, code, retryable) => {
    server.chatFaults.push(fault);
    const [before, error] = await outcome(reply());
    expect(error).toMatchObject({ code, retryable });
    // A reset overtakes what was sent before it.
    expect(text.startsWith(before)).toBe(true);
  });

  test('a malformed tool call is a protocol error', async () => {
    server.chat.reply = () => ({ toolCalls: [{ id: 'a', name: 'f', arguments: '{"a":' }] });
    expect((await outcome(reply()))[1]).toMatchObject({ code: 'provider-protocol' });
  });

  test('a wrong key is refused, and nothing secret is in the error', async () => {
    const wrong = new OpenAiConnection({ apiKey: 'sk-wrong-secret', baseUrl: server.baseUrl });
    const stream = new OpenAiLlm(wrong).reply(REQUEST, new AbortController().signal);
    const [, error] = await outcome(stream);
    await wrong.close();
    expect(error).toMatchObject({
      code: 'provider-rejected',
      message: 'openai chat: HTTP 401 invalid_api_key',
    });
  });

  test('a server that is not there is unreachable', async () => {
    const { baseUrl } = server;
    await server.stop();
    const gone = new OpenAiConnection({ apiKey: FAKE_OPENAI_KEY, baseUrl });
    const [, error] = await outcome(new OpenAiLlm(gone).reply(REQUEST, AbortSignal.any([])));
    await gone.close();
    expect(error).toMatchObject({ code: 'provider-unreachable' });
  });
});

describe('a cancelled reply', () => {
  test.each([0, 3])('after %i parts closes its connection', async (parts) => {
    server.chatFaults.push({ type: 'stall', parts });
    const controller = new AbortController();
    const ended = outcome(reply({}, controller.signal));
    await server.until(() => server.exchanges.length === 1);
    controller.abort();
    expect((await ended)[1]).toMatchObject({ code: 'provider-aborted' });
    await server.until(() => server.exchanges[0]?.abortedAtMs !== undefined);
  });

  test('by a consumer that stops reading closes its connection', async () => {
    server.chatFaults.push({ type: 'stall', parts: 3 });
    for await (const event of reply()) {
      expect(event).toEqual({ type: 'text', delta: 'Hello ' });
      break;
    }
    await server.until(() => server.exchanges[0]?.abortedAtMs !== undefined);
  });
});

describe('a chat server behind the retry', () => {
  const budget = { firstEventMs: 600, stallMs: 300 };

  test('one failure is not noticed', async () => {
    server.chatFaults.push({ type: 'status', status: 503 });
    const [text, error] = await outcome(
      resilientLlm(llm, budget).reply(REQUEST, new AbortController().signal),
    );
    expect([text, error]).toEqual(['Hello there. How can I help you?', undefined]);
  });

  test('a stall before the first word is tried again, and its connection closed', async () => {
    server.chatFaults.push({ type: 'stall', parts: 0 });
    const [text] = await outcome(
      resilientLlm(llm, budget).reply(REQUEST, new AbortController().signal),
    );
    expect(text).toContain('Hello');
    await server.until(() => server.exchanges[0]?.abortedAtMs !== undefined);
  });

  test('a stall in the middle is a timeout after what was said', async () => {
    server.chatFaults.push({ type: 'stall', parts: 3 });
    const [text, error] = await outcome(
      resilientLlm(llm, budget).reply(REQUEST, new AbortController().signal),
    );
    expect(text).toBe('Hello there. ');
    expect(error).toMatchObject({ code: 'provider-timeout' });
    expect(server.exchanges).toHaveLength(1);
  });
});
