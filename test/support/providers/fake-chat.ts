export interface FakeToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, sent in fragments of a few characters. */
  readonly arguments: string;
}

export interface FakeReply {
  readonly text?: string;
  readonly toolCalls?: readonly FakeToolCall[];
}

export type ChatBody = Readonly<Record<string, unknown>>;

const FRAGMENT_CHARS = 5;

/** The server-sent events of a streamed chat completion. */
export function chatEvents(reply: FakeReply, withUsage: boolean): readonly Uint8Array[] {
  const words = (reply.text ?? '').match(/\S+\s*/g) ?? [];
  const calls = reply.toolCalls ?? [];
  const finishReason = calls.length > 0 ? 'tool_calls' : 'stop';
  return [
    choice({ role: 'assistant', content: '' }),
    ...words.map((content) => choice({ content })),
    ...interleaved(calls.map(fragments)),
    choice({}, finishReason),
    ...(withUsage ? [usage(words.length)] : []),
    'data: [DONE]\n\n',
  ].map((event) => Buffer.from(event, 'utf8'));
}

function fragments(call: FakeToolCall, index: number): readonly string[] {
  const head = {
    index,
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: '' },
  };
  const pieces = call.arguments.match(new RegExp(`.{1,${FRAGMENT_CHARS}}`, 'gs')) ?? [];
  const tail = pieces.map((piece) => ({ index, function: { arguments: piece } }));
  return [head, ...tail].map((fragment) => choice({ tool_calls: [fragment] }));
}

/** The first of each, then the second of each: parallel calls may come so. */
function interleaved(lists: readonly (readonly string[])[]): readonly string[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list[index] ?? []),
  ).flat();
}

function choice(delta: object, finishReason: string | null = null): string {
  return event({ choices: [{ index: 0, delta, finish_reason: finishReason }] });
}

function usage(completionTokens: number): string {
  const counts = { prompt_tokens: 17, completion_tokens: completionTokens };
  return event({ choices: [], usage: { ...counts, total_tokens: 17 + completionTokens } });
}

function event(fields: object): string {
  const common = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 0, model: 'fake' };
  return `data: ${JSON.stringify({ ...common, ...fields })}\n\n`;
}
