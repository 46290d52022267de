import type { PcmFrame } from '../audio/pcm-frame.ts';
import { assertNever } from '../core/invariant.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { AgentSpec } from './agent-spec.ts';
import { answerGuard } from './answer-guard.ts';
import { farewellOf, isEndCall } from './end-call-tool.ts';
import type { ConversationMessage, LlmEvent, ToolCall, ToolDefinition } from './ports.ts';
import { SentenceSplitter } from './sentence-splitter.ts';
import { spokenText } from './spoken-text.ts';
import type { TurnOutput } from './turn-io.ts';

/** A model that keeps asking for tools that do not exist is asked this often in all. */
const MAX_ROUNDS = 3;
const MAX_CALLS_PER_ROUND = 8;
/** What a model writes beyond this is not spoken. */
const MAX_REPLY_CHARS = 16_000;

/** A piece of speech that a reply consists of. */
export interface SpokenPart {
  readonly text: string;
  /** Given by the model; otherwise the text is to be synthesised. */
  readonly audio?: PcmFrame;
}

export interface LlmExchangeOptions {
  readonly turnId: number;
  readonly agent: AgentSpec;
  readonly tools: readonly ToolDefinition[];
  readonly messages: readonly ConversationMessage[];
  readonly emit: (output: TurnOutput) => void;
}

/** One reply of the language model: the request, rounds for tools, and its stream as speakable parts. */
export class LlmExchange {
  readonly #options: LlmExchangeOptions;
  readonly #messages: ConversationMessage[];
  readonly #splitter = new SentenceSplitter();
  #rounds = 0;
  #written = '';
  #roundText = '';
  #unknownCalls: ToolCall[] = [];
  #endCall: ToolCall | undefined;
  #stallsAtMs: MonotonicMs | undefined;

  constructor(options: LlmExchangeOptions, now: MonotonicMs) {
    this.#options = options;
    this.#messages = [...options.messages];
    this.#request(now);
  }

  get isStreaming(): boolean {
    return this.#stallsAtMs !== undefined;
  }

  /** The model asked for the call to end. */
  get endsCall(): boolean {
    return this.#endCall !== undefined;
  }

  /** Its last round still asked for tools that do not exist. */
  get isExhausted(): boolean {
    return !this.isStreaming && this.#unknownCalls.length > 0 && !this.endsCall;
  }

  /** Nothing from the model by then, and it has not kept its time. */
  get deadline(): MonotonicMs | undefined {
    return this.#stallsAtMs;
  }

  handleEvent(event: LlmEvent, now: MonotonicMs): readonly SpokenPart[] {
    if (!this.isStreaming) return [];
    this.#expectMore(now);
    switch (event.type) {
      case 'text':
        return this.#text(event.delta);
      case 'audio':
        return [...speakable(this.#splitter.flush()), { text: event.text, audio: event.audio }];
      case 'tool-call':
        this.#toolCall(event.call);
        return [];
      case 'done':
        return this.#done(now);
      default:
        return assertNever(event);
    }
  }

  cancel(): void {
    if (!this.isStreaming) return;
    this.#options.emit({ type: 'llm-cancel', turnId: this.#options.turnId });
    this.failed();
  }

  /** The stream ended by itself, without `done`. */
  failed(): void {
    this.#stallsAtMs = undefined;
  }

  #text(delta: string): readonly SpokenPart[] {
    const room = MAX_REPLY_CHARS - this.#written.length;
    const text = delta.slice(0, Math.max(0, room));
    this.#written += text;
    this.#roundText += text;
    return speakable(this.#splitter.push(text));
  }

  #toolCall(call: ToolCall): void {
    if (isEndCall(call)) this.#endCall ??= call;
    else if (this.#unknownCalls.length < MAX_CALLS_PER_ROUND) this.#unknownCalls.push(call);
  }

  #done(now: MonotonicMs): readonly SpokenPart[] {
    this.#stallsAtMs = undefined;
    const parts = speakable(this.#splitter.flush());
    if (this.#endCall) return [...parts, ...this.#farewell(this.#endCall)];
    if (this.#unknownCalls.length > 0 && this.#rounds < MAX_ROUNDS) this.#answerTools(now);
    return parts;
  }

  #farewell(call: ToolCall): readonly SpokenPart[] {
    const farewell = farewellOf(call).slice(0, MAX_REPLY_CHARS);
    if (farewell === '' || this.#written.includes(farewell)) return [];
    const splitter = new SentenceSplitter();
    return speakable([...splitter.push(farewell), ...splitter.flush()]);
  }

  #answerTools(now: MonotonicMs): void {
    const toolCalls = this.#unknownCalls;
    this.#messages.push({ role: 'assistant', content: this.#roundText, toolCalls });
    for (const { id } of toolCalls) {
      this.#messages.push({ role: 'tool', toolCallId: id, content: 'unknown tool' });
    }
    this.#unknownCalls = [];
    this.#roundText = '';
    this.#request(now);
  }

  #request(now: MonotonicMs): void {
    const { turnId, agent, tools, emit } = this.#options;
    this.#rounds += 1;
    this.#expectMore(now);
    emit({
      type: 'llm-start',
      turnId,
      request: {
        messages: [...this.#messages],
        tools,
        ...(agent.model !== undefined && { model: agent.model }),
        ...(agent.temperature !== undefined && { temperature: agent.temperature }),
        firstAnswerWithinMs: agent.timeouts.llmFirstTokenMs,
      },
    });
  }

  #expectMore(now: MonotonicMs): void {
    this.#stallsAtMs = answerGuard(now, this.#options.agent.timeouts.llmFirstTokenMs);
  }
}

function speakable(sentences: readonly string[]): readonly SpokenPart[] {
  return sentences.map((text) => ({ text: spokenText(text) })).filter(({ text }) => text !== '');
}
