import { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { AgentSpec } from './agent-spec.ts';
import { LlmExchange, type SpokenPart } from './llm-exchange.ts';
import type { ConversationMessage, LlmEvent, ToolDefinition } from './ports.ts';
import type { Sentence } from './sentence.ts';
import { SentenceQueue } from './sentence-queue.ts';
import type { TurnInput, TurnOutput } from './turn-io.ts';
import type { BargeInTrace, TurnTrace } from './turn-trace.ts';
import { TurnTraceBuilder } from './turn-trace-builder.ts';

export interface AgentTurnOptions {
  readonly kind: TurnTrace['kind'];
  readonly agent: AgentSpec;
  readonly tools: readonly ToolDefinition[];
  /** Takes the next turn id: at the beginning, and when the model is asked again. */
  readonly takeTurnId: () => number;
  readonly emit: (output: TurnOutput) => void;
}

export type AgentTurnInput = Extract<
  TurnInput,
  {
    readonly type:
      | 'llm-event'
      | 'llm-error'
      | 'tts-audio'
      | 'tts-done'
      | 'tts-error'
      | 'playout-started'
      | 'mark-reached'
      | 'playout-ended';
  }
>;

export interface AgentTurnFailure {
  readonly provider: 'llm' | 'tts';
  readonly error: TrunklineError;
}

/**
 * One turn of the agent, from the request to the model (or a fixed sentence) to the last sample heard. Each provider may fail
 * once before anything is written to the playout; a second failure is final and the turn ends with what was said until then.
 */
export class AgentTurn {
  readonly kind: TurnTrace['kind'];
  readonly trace: TurnTraceBuilder;
  readonly #options: AgentTurnOptions;
  #turnId: number;
  #sentences: SentenceQueue;
  #messages: readonly ConversationMessage[] = [];
  #llm: LlmExchange | undefined;
  #mayRetryLlm = true;
  #mayRetryTts = true;
  #isHeard = false;
  #playout: { readonly playedMs: number } | undefined;
  #failure: AgentTurnFailure | undefined;

  constructor(options: AgentTurnOptions) {
    this.kind = options.kind;
    this.trace = new TurnTraceBuilder(options.kind);
    this.#options = options;
    this.#turnId = options.takeTurnId();
    this.#sentences = this.#createSentences();
  }

  /** Also the id of its playout. */
  get turnId(): number {
    return this.#turnId;
  }

  /** The first packet is out. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** The media engine has audio of it and will report the end. */
  get isPlayoutOpen(): boolean {
    return this.#sentences.isBegun && this.#playout === undefined;
  }

  get endsCall(): boolean {
    return this.#llm?.endsCall ?? false;
  }

  get failure(): AgentTurnFailure | undefined {
    return this.#failure;
  }

  /** Everything is said and heard, or nothing will be. */
  get isOver(): boolean {
    if (this.#playout !== undefined) return true;
    return this.#sentences.isFinished && !this.#sentences.isBegun;
  }

  get deadlines(): readonly (MonotonicMs | undefined)[] {
    return [this.#llm?.deadline, this.#sentences.deadline];
  }

  /** Speaks a fixed sentence. */
  say(text: string, now: MonotonicMs): void {
    this.#speak([{ text }], now);
    this.#sentences.close();
  }

  /** Asks the model for what to say. */
  ask(messages: readonly ConversationMessage[], now: MonotonicMs): void {
    this.#messages = messages;
    this.trace.stamp('llmRequestMs', now);
    const { agent, tools, emit } = this.#options;
    this.#llm = new LlmExchange({ turnId: this.#turnId, agent, tools, messages, emit }, now);
  }

  handleInput(input: AgentTurnInput, now: MonotonicMs): void {
    switch (input.type) {
      case 'llm-event':
        this.#handleLlmEvent(input.event, now);
        return;
      case 'llm-error':
        this.#llmFailed(input.error, now);
        return;
      case 'tts-audio':
        this.#handleAudio(input, now);
        return;
      case 'tts-done':
        this.#sentences.done(input.sentenceId, now);
        return;
      case 'tts-error':
        this.#ttsFailed(this.#sentences.requested(input.sentenceId), input.error, now);
        return;
      default:
        this.#handlePlayout(input);
    }
  }

  handleTimeout(now: MonotonicMs): void {
    const llmDue = this.#llm?.deadline;
    if (llmDue !== undefined && llmDue <= now) {
      this.#llm?.cancel();
      this.#retryLlmOrFail(stalled('language model'), now);
    }
    for (let late = this.#sentences.stalled(now); late; late = this.#sentences.stalled(now)) {
      this.#ttsFailed(late, stalled('speech synthesis'), now);
    }
  }

  /** Ends every request. What the media engine holds of it is the caller's to flush. */
  cancel(): void {
    this.#llm?.cancel();
    this.#sentences.abandon();
  }

  /** Until the media engine has reported the end of the playout, by the marks alone. */
  heardText(): string {
    return this.#sentences.heard(this.#playout?.playedMs);
  }

  buildTrace(bargeIn: BargeInTrace | undefined): TurnTrace {
    const heardMs = bargeIn?.outcome === 'flushed' ? this.#playout?.playedMs : undefined;
    return this.trace.build(
      this.#turnId,
      bargeIn && { ...bargeIn, ...(heardMs !== undefined && { heardMs }) },
    );
  }

  #handleLlmEvent(event: LlmEvent, now: MonotonicMs): void {
    if (this.#llm === undefined) return;
    if (event.type !== 'done') this.trace.stamp('llmFirstTokenMs', now);
    this.#speak(this.#llm.handleEvent(event, now), now);
    if (this.#llm.isStreaming) return;
    if (this.#llm.isExhausted && this.#sentences.isEmpty) {
      const error = new TrunklineError(
        'provider-protocol',
        'The model only asks for unknown tools.',
      );
      this.#fail({ provider: 'llm', error });
    }
    this.#sentences.close();
  }

  #speak(parts: readonly SpokenPart[], now: MonotonicMs): void {
    for (const { text, audio } of parts) {
      this.trace.stamp('firstSentenceMs', now);
      if (audio) {
        this.#sentences.addAudio(text, audio);
      } else {
        this.trace.stamp('ttsRequestMs', now);
        this.#sentences.add(text, now);
      }
    }
  }

  #handleAudio(input: Extract<AgentTurnInput, { type: 'tts-audio' }>, now: MonotonicMs): void {
    if (this.#sentences.requested(input.sentenceId)) this.trace.stamp('ttsFirstByteMs', now);
    this.#sentences.audio(input.sentenceId, input.audio, now);
  }

  #handlePlayout(
    input: Extract<AgentTurnInput, { type: 'playout-started' | 'mark-reached' | 'playout-ended' }>,
  ): void {
    if (!this.#sentences.isBegun) return;
    if (input.type === 'mark-reached') {
      this.#sentences.markReached(input.markId);
    } else if (input.type === 'playout-started') {
      this.#isHeard = true;
      this.trace.stamp('firstPacketOutMs', input.atMs);
    } else {
      this.#playout = input;
      this.trace.stamp('playoutEndMs', input.atMs);
      // Early only when the media session was closed under it.
      this.cancel();
    }
  }

  #llmFailed(error: TrunklineError, now: MonotonicMs): void {
    if (!this.#llm?.isStreaming) return;
    this.#llm.failed();
    this.#retryLlmOrFail(error, now);
  }

  #retryLlmOrFail(error: TrunklineError, now: MonotonicMs): void {
    if (!this.#mayRetryLlm || !error.retryable || this.#sentences.isBegun) {
      this.#fail({ provider: 'llm', error });
      this.#sentences.close();
      return;
    }
    this.#mayRetryLlm = false;
    this.#sentences.abandon();
    this.#turnId = this.#options.takeTurnId();
    this.#sentences = this.#createSentences();
    this.trace.forget('llmFirstTokenMs', 'firstSentenceMs', 'ttsRequestMs', 'ttsFirstByteMs');
    this.ask(this.#messages, now);
  }

  #ttsFailed(sentence: Sentence | undefined, error: TrunklineError, now: MonotonicMs): void {
    if (sentence === undefined) return;
    if (this.#mayRetryTts && error.retryable && !sentence.hasAudio) {
      this.#mayRetryTts = false;
      this.#sentences.retry(sentence, now);
      return;
    }
    this.#fail({ provider: 'tts', error });
    this.cancel();
    this.#sentences.finish();
  }

  #fail(failure: AgentTurnFailure): void {
    this.#failure = failure;
    this.trace.failed(failure.error.code);
    this.#options.emit({ type: 'provider-error', ...failure });
  }

  #createSentences(): SentenceQueue {
    const { agent, emit } = this.#options;
    return new SentenceQueue({ turnId: this.#turnId, agent, emit });
  }
}

function stalled(provider: string): TrunklineError {
  return new TrunklineError('provider-timeout', `The ${provider} gave nothing in time.`);
}
