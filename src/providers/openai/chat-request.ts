import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ConversationMessage, LlmRequest, ToolDefinition } from '../../voice/ports.ts';

/** How one model of one server wants to be asked; learnt from its refusals. */
export interface ChatDialect {
  /** `max_tokens` is deprecated at OpenAI and refused by reasoning models, and the only one that many compatible servers know. */
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  readonly temperature: boolean;
  readonly reasoningEffort: boolean;
  readonly streamOptions: boolean;
}

/** A caller waits: models that can think before they speak are asked not to. */
const THINKING_MODELS = /^gpt-(5[.][1-9]|[6-9])/;

export function initialDialect(model: string): ChatDialect {
  return {
    maxTokensField: 'max_completion_tokens',
    temperature: true,
    reasoningEffort: THINKING_MODELS.test(model),
    streamOptions: true,
  };
}

/** The dialect without what a 400 complained about, or `undefined` when it was about something else. */
export function adaptDialect(dialect: ChatDialect, complaint: string): ChatDialect | undefined {
  if (/max_completion_tokens/.test(complaint) && dialect.maxTokensField !== 'max_tokens') {
    return { ...dialect, maxTokensField: 'max_tokens' };
  }
  if (/temperature/.test(complaint) && dialect.temperature) {
    return { ...dialect, temperature: false };
  }
  if (/reasoning/.test(complaint) && dialect.reasoningEffort) {
    return { ...dialect, reasoningEffort: false };
  }
  if (/stream_options|include_usage/.test(complaint) && dialect.streamOptions) {
    return { ...dialect, streamOptions: false };
  }
  return undefined;
}

export function toChatRequest(
  request: LlmRequest,
  model: string,
  dialect: ChatDialect,
): ChatCompletionCreateParamsStreaming {
  return {
    model,
    messages: request.messages.map(toChatMessage),
    stream: true,
    ...(request.tools.length > 0 ? { tools: request.tools.map(toChatTool) } : {}),
    ...(request.temperature !== undefined && dialect.temperature
      ? { temperature: request.temperature }
      : {}),
    ...(request.maxTokens === undefined ? {} : { [dialect.maxTokensField]: request.maxTokens }),
    ...(dialect.reasoningEffort ? { reasoning_effort: 'none' as const } : {}),
    ...(dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
  };
}

function toChatMessage(message: ConversationMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
    case 'assistant':
      return toAssistantMessage(message);
  }
}

function toAssistantMessage(
  message: Extract<ConversationMessage, { role: 'assistant' }>,
): ChatCompletionMessageParam {
  if (!message.toolCalls || message.toolCalls.length === 0) {
    return { role: 'assistant', content: message.content };
  }
  return {
    role: 'assistant',
    content: message.content === '' ? null : message.content,
    tool_calls: message.toolCalls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    })),
  };
}

function toChatTool(tool: ToolDefinition): ChatCompletionFunctionTool {
  return {
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: tool.parameters },
  };
}
