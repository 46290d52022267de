import { BadRequestError } from 'openai';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Stream } from 'openai/streaming';
import type { LanguageModel, LlmEvent, LlmRequest } from '../../voice/ports.ts';
import { abortedError, protocolError, toProviderError } from '../provider-error.ts';
import { adaptDialect, type ChatDialect, initialDialect, toChatRequest } from './chat-request.ts';
import type { OpenAiConnection } from './openai-connection.ts';
import { ToolCallAssembler } from './tool-call-assembler.ts';

const OPENAI_LLM_MODEL = 'gpt-5.4-mini';

const SOURCE = 'openai chat';
/** A spoken reply of this length would last an hour. */
const MAX_REPLY_CHARS = 65_536;
/** Parameters that can be refused one after the other. */
const MAX_ADAPTATIONS = 4;
/** Models named by calls, each with what it was found to refuse. */
const MAX_DIALECTS = 64;

/** Streaming chat completions of OpenAI or any server with the same protocol. */
export class OpenAiLlm implements LanguageModel {
  readonly name = 'openai';
  readonly #connection: OpenAiConnection;
  readonly #model: string;
  readonly #dialects = new Map<string, ChatDialect>();

  constructor(connection: OpenAiConnection, model: string = OPENAI_LLM_MODEL) {
    this.#connection = connection;
    this.#model = model;
  }

  async *reply(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmEvent> {
    try {
      yield* readReply(await this.#open(request, signal));
    } catch (error) {
      throw toProviderError(error, SOURCE, signal);
    }
    // The library ends the stream quietly when it is aborted.
    if (signal.aborted) throw abortedError(SOURCE);
  }

  async #open(request: LlmRequest, signal: AbortSignal): Promise<Stream<ChatCompletionChunk>> {
    const model = request.model ?? this.#model;
    let dialect = this.#dialects.get(model) ?? initialDialect(model);
    for (let adaptations = 0; ; adaptations++) {
      try {
        const body = toChatRequest(request, model, dialect);
        return await this.#connection.client.chat.completions.create(body, { signal });
      } catch (error) {
        const adapted = adaptations < MAX_ADAPTATIONS ? adaptTo(error, dialect) : undefined;
        if (!adapted) throw error;
        dialect = adapted;
        if (this.#dialects.size < MAX_DIALECTS) this.#dialects.set(model, adapted);
      }
    }
  }
}

function adaptTo(error: unknown, dialect: ChatDialect): ChatDialect | undefined {
  if (!(error instanceof BadRequestError)) return undefined;
  return adaptDialect(dialect, `${error.param ?? ''} ${error.message}`);
}

interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

async function* readReply(stream: AsyncIterable<ChatCompletionChunk>): AsyncGenerator<LlmEvent> {
  const toolCalls = new ToolCallAssembler(SOURCE);
  let usage: Usage = {};
  let chars = 0;
  let finished = false;
  for await (const chunk of stream) {
    usage = readUsage(chunk) ?? usage;
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    finished ||= typeof choice.finish_reason === 'string';
    for (const fragment of choice.delta?.tool_calls ?? []) toolCalls.add(fragment);
    const delta = choice.delta?.content ?? choice.delta?.refusal ?? '';
    if (delta === '') continue;
    chars += delta.length;
    if (chars > MAX_REPLY_CHARS) throw protocolError(SOURCE, 'reply too long');
    yield { type: 'text', delta };
  }
  if (!finished) throw protocolError(SOURCE, 'the stream ended early');
  for (const call of toolCalls.finish()) yield { type: 'tool-call', call };
  yield { type: 'done', ...usage };
}

function readUsage(chunk: ChatCompletionChunk): Usage | undefined {
  if (!chunk.usage) return undefined;
  return {
    inputTokens: chunk.usage.prompt_tokens,
    outputTokens: chunk.usage.completion_tokens,
  };
}
