import { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { AgentSpec } from './agent-spec.ts';
import { LlmExchange, type SpokenPart } from './llm-exchange.ts';
import type { ConversationMessage, LlmEvent, ToolDefinition } from './ports.ts';
import { SentenceQueue } from './sentence-queue.ts';
import type { TurnInput, TurnOutput } from './turn-io.ts';
import type { BargeInTrace, TurnTrace } from './turn-trace.ts';
import { TurnTraceBuilder } from './turn-trace-builder.ts';

export interface AgentTurnOptions {
  readonly kind: TurnTrace['kind'];
  readonly agent: AgentSpec;
  readonly tools: readonly ToolDefinition[];
  /** Also the id of its playout. */
  readonly turnId: number;
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
 * One turn of the agent, from the request to the model (or known sentences) to the last sample heard. A provider has retried
 * by itself before it fails: its failure is final, and the turn ends with what was said until then.
 */
export class AgentTurn {
  readonly kind: TurnTrace['kind'];
  readonly trace: TurnTraceBuilder;
  readonly #options: AgentTurnOptions;
  readonly #sentences: SentenceQueue;
  #llm: LlmExchange | undefined;
  #resumed: AgentTurn | undefined;
  #isHeard = false;
  /** The model had more to say when it was cancelled. */
  #isCut = false;
  #playout: { readonly playedMs: number } | undefined;
  #failure: AgentTurnFailure | undefined;

  constructor(options: AgentTurnOptions) {
    this.kind = options.kind;
    this.trace = new TurnTraceBuilder(options.kind);
    this.#options = options;
    const { turnId, agent, emit } = options;
    this.#sentences = new SentenceQueue({ turnId, agent, emit });
  }

  /** Also the id of its playout. */
  get turnId(): number {
    return this.#options.turnId;
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
    return this.#llm?.endsCall ?? this.#resumed?.endsCall ?? false;
  }

  /** It answers the caller, who may still go on with what it answers until its first packet is out. */
  get isAnswer(): boolean {
    return this.#llm !== undefined && this.#resumed === undefined;
  }

  /** The model was still writing when the turn was interrupted: what is left to say is not known. False the second time. */
  get isCut(): boolean {
    return this.#isCut && this.failure === undefined && this.#resumed === undefined;
  }

  /** What to go on with after an interruption that had no words. Nothing the second time. */
  get unheard(): readonly SpokenPart[] {
    return this.#resumed ? [] : this.#sentences.unheard;
  }

  get failure(): AgentTurnFailure | undefined {
    return this.#failure ?? this.#resumed?.failure;
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

  /** Goes on with what was not heard of an interrupted turn. */
  resume(interrupted: AgentTurn, now: MonotonicMs): void {
    this.#resumed = interrupted;
    this.#speak(interrupted.unheard, now);
    this.#sentences.close();
  }

  /** Asks the model to go on with an interrupted turn that was cut. */
  askToGoOn(
    interrupted: AgentTurn,
    messages: readonly ConversationMessage[],
    now: MonotonicMs,
  ): void {
    this.#resumed = interrupted;
    this.ask(messages, now);
  }

  /** Asks the model for what to say. */
  ask(messages: readonly ConversationMessage[], now: MonotonicMs): void {
    this.trace.stamp('llmRequestMs', now);
    const { turnId, agent, tools, emit } = this.#options;
    this.#llm = new LlmExchange({ turnId, agent, tools, messages, emit }, now);
  }

  handleInput(input: AgentTurnInput, now: MonotonicMs): void {
    if (isEmpty(input)) return;
    switch (input.type) {
      case 'llm-event':
        this.#handleLlmEvent(input.event, now);
        return;
      case 'llm-error':
        this.#llmFailed(input.error);
        return;
      case 'tts-audio':
        this.#handleAudio(input, now);
        return;
      case 'tts-done':
        this.#sentences.done(input.sentenceId, now);
        return;
      case 'tts-error':
        if (this.#sentences.requested(input.sentenceId)) this.#ttsFailed(input.error);
        return;
      default:
        this.#handlePlayout(input, now);
    }
  }

  handleTimeout(now: MonotonicMs): void {
    const llmDue = this.#llm?.deadline;
    if (llmDue !== undefined && llmDue <= now) {
      this.#llm?.cancel();
      this.#endWithoutModel(stalled('language model'));
    }
    const ttsDue = this.#sentences.deadline;
    if (ttsDue !== undefined && ttsDue <= now) this.#ttsFailed(stalled('speech synthesis'));
  }

  /** Ends every request. What the media engine holds of it is the caller's to flush. */
  cancel(): void {
    this.#isCut ||= this.#llm?.isStreaming ?? false;
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
      this.turnId,
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
    const isAwaited = this.#sentences.requested(input.sentenceId) !== undefined;
    this.#sentences.audio(input.sentenceId, input.audio, now);
    // A later sentence may be there first; what counts is the audio that can be heard first.
    if (isAwaited && this.#sentences.isBegun) this.trace.stamp('ttsFirstByteMs', now);
  }

  #handlePlayout(
    input: Extract<AgentTurnInput, { type: 'playout-started' | 'mark-reached' | 'playout-ended' }>,
    now: MonotonicMs,
  ): void {
    if (!this.#sentences.isBegun) return;
    if (input.type === 'mark-reached') {
      this.#sentences.markReached(input.markId, now);
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

  #llmFailed(error: TrunklineError): void {
    if (!this.#llm?.isStreaming) return;
    this.#llm.failed();
    this.#endWithoutModel(error);
  }

  /** What the model has completed is still said. */
  #endWithoutModel(error: TrunklineError): void {
    this.#fail({ provider: 'llm', error });
    this.#sentences.close();
  }

  #ttsFailed(error: TrunklineError): void {
    this.#fail({ provider: 'tts', error });
    this.cancel();
    this.#sentences.finish();
  }

  #fail(failure: AgentTurnFailure): void {
    this.#failure = failure;
    this.trace.failed(failure.error.code);
    this.#options.emit({ type: 'provider-error', ...failure });
  }
}

/** An answer without content is none: it earns its provider no more time. */
function isEmpty(input: AgentTurnInput): boolean {
  if (input.type === 'tts-audio') return input.audio.samples.length === 0;
  return input.type === 'llm-event' && input.event.type === 'text' && input.event.delta === '';
}

function stalled(provider: string): TrunklineError {
  return new TrunklineError('provider-timeout', `The ${provider} gave nothing in time.`);
}
