import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { MonotonicMs } from '../core/time.ts';
import { earliest } from '../core/timer-table.ts';
import type { AgentSpec } from './agent-spec.ts';
import { answerGuard } from './answer-guard.ts';
import { heardText } from './heard-text.ts';
import type { SpokenPart } from './llm-exchange.ts';
import { Sentence } from './sentence.ts';
import type { TurnOutput } from './turn-io.ts';

/** Synthesis runs this many sentences ahead, so that one follows the other without a gap. */
const MAX_IN_FLIGHT = 2;
/** Of audio that is not heard yet there is enough: a long reply neither piles up nor is paid for before somebody listens. */
const MAX_AHEAD_MS = 60_000;

export interface SentenceQueueOptions {
  readonly turnId: number;
  readonly agent: AgentSpec;
  readonly emit: (output: TurnOutput) => void;
}

/**
 * The sentences of one playout: synthesis is asked for ahead of time, audio is written in sentence order, a mark ends each
 * sentence, `playout-finish` the last one.
 */
export class SentenceQueue {
  readonly #options: SentenceQueueOptions;
  readonly #sentences: Sentence[] = [];
  /** The sentence whose audio is being written. */
  #writing = 0;
  #nextId = 1;
  #isClosed = false;
  #isFinished = false;
  #isAbandoned = false;

  constructor(options: SentenceQueueOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#sentences.length === 0;
  }

  /** Something was handed to the media engine: it will report how the playout ended. */
  get isBegun(): boolean {
    return this.#sentences.some((sentence) => sentence.isWritten);
  }

  /** No more audio will be written. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** When the first of the requested sentences has not kept its time. */
  get deadline(): MonotonicMs | undefined {
    return earliest(this.#requested().map(({ stallsAtMs }) => stallsAtMs));
  }

  add(text: string, now: MonotonicMs): void {
    this.#sentences.push(new Sentence(this.#nextId++, text));
    this.#requestNext(now);
  }

  /** A sentence that needs no synthesis. */
  addAudio(text: string, audio: PcmFrame): void {
    this.#sentences.push(new Sentence(this.#nextId++, text, audio));
    this.#write();
  }

  /** No sentence will be added. */
  close(): void {
    this.#isClosed = true;
    this.#write();
  }

  audio(id: number, audio: PcmFrame, now: MonotonicMs): void {
    const sentence = this.requested(id);
    if (sentence === undefined) return;
    sentence.receive(audio);
    sentence.stallsAtMs = this.#stallsAt(now);
    this.#write();
  }

  done(id: number, now: MonotonicMs): void {
    const sentence = this.requested(id);
    if (sentence === undefined) return;
    sentence.state = 'synthesized';
    this.#write();
    this.#requestNext(now);
  }

  /** Undefined: answered already. */
  requested(id: number): Sentence | undefined {
    return this.#requested().find((sentence) => sentence.id === id);
  }

  /** Everything from the first sentence on that was not heard to its end. */
  get unheard(): readonly SpokenPart[] {
    const heard = this.#sentences.findLastIndex(({ markReached }) => markReached) + 1;
    return this.#sentences
      .slice(heard)
      .map(({ text, given }) => ({ text, ...(given && { audio: given }) }));
  }

  /** Ends all synthesis; nothing more is written. */
  abandon(): void {
    const requested = this.#requested();
    for (const sentence of requested) sentence.state = 'abandoned';
    if (requested.length > 0) this.#options.emit({ type: 'tts-cancel', turnId: this.#turnId });
    this.#isAbandoned = true;
  }

  /** Ends the playout with what was written. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (this.isBegun) this.#options.emit({ type: 'playout-finish', playoutId: this.#turnId });
  }

  markReached(id: number, now: MonotonicMs): void {
    const sentence = this.#sentences.find((candidate) => candidate.id === id);
    if (sentence) sentence.markReached = true;
    this.#requestNext(now);
  }

  /** The words that were heard; by marks alone when it is not known how much was played. */
  heard(playedMs?: number): string {
    const written = this.#sentences.filter((sentence) => sentence.isWritten);
    return heardText(
      written.map((sentence) => sentence.played),
      playedMs,
    );
  }

  get #turnId(): number {
    return this.#options.turnId;
  }

  #requested(): readonly Sentence[] {
    return this.#sentences.filter((sentence) => sentence.state === 'requested');
  }

  get #aheadMs(): number {
    const ahead = this.#sentences.filter(({ markReached }) => !markReached);
    return ahead.reduce((sum, { receivedMs }) => sum + receivedMs, 0);
  }

  #requestNext(now: MonotonicMs): void {
    if (this.#aheadMs >= MAX_AHEAD_MS) return;
    for (const sentence of this.#sentences) {
      if (this.#isAbandoned || this.#requested().length >= MAX_IN_FLIGHT) return;
      if (sentence.state === 'queued') this.#start(sentence, now);
    }
  }

  #start(sentence: Sentence, now: MonotonicMs): void {
    const { agent, emit } = this.#options;
    sentence.state = 'requested';
    sentence.stallsAtMs = this.#stallsAt(now);
    const { text, id: sentenceId } = sentence;
    const { voice, language, timeouts } = agent;
    const request = { text, voice, language, firstAnswerWithinMs: timeouts.ttsFirstByteMs };
    emit({ type: 'tts-start', turnId: this.#turnId, sentenceId, request });
  }

  #stallsAt(now: MonotonicMs): MonotonicMs {
    return answerGuard(now, this.#options.agent.timeouts.ttsFirstByteMs);
  }

  #write(): void {
    if (this.#isAbandoned) return;
    for (let sentence = this.#current(); sentence; sentence = this.#current()) {
      for (const audio of sentence.takeAudio()) {
        this.#options.emit({ type: 'playout-write', playoutId: this.#turnId, audio });
      }
      if (sentence.state !== 'synthesized') return;
      if (sentence.isWritten) this.#mark(sentence);
      this.#writing += 1;
    }
    if (this.#isClosed) this.finish();
  }

  #current(): Sentence | undefined {
    return this.#sentences[this.#writing];
  }

  #mark(sentence: Sentence): void {
    this.#options.emit({ type: 'playout-mark', playoutId: this.#turnId, markId: sentence.id });
  }
}
