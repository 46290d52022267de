import type { MonotonicMs } from '../core/time.ts';
import type { AgentSpec } from './agent-spec.ts';
import { AgentTurn, type AgentTurnInput } from './agent-turn.ts';
import { BargeIn, type BargeInAction } from './barge-in.ts';
import { FlushedTurn } from './flushed-turn.ts';
import type { ConversationMessage, ToolDefinition } from './ports.ts';
import type { TurnInput, TurnOutput } from './turn-io.ts';
import type { TurnTrace } from './turn-trace.ts';

export interface AgentFloorOptions {
  readonly agent: AgentSpec;
  readonly tools: readonly ToolDefinition[];
  readonly emit: (output: TurnOutput) => void;
}

/** An agent turn of which it is known what was heard. */
export interface EndedTurn {
  readonly turn: AgentTurn;
  readonly heard: string;
  /** By the caller, or by the end of the call. */
  readonly wasInterrupted: boolean;
}

/**
 * The agent's side of the line: the open turn, what the caller's speech does to it, and the turn that was flushed last until
 * its account is complete. Every ended turn leaves once through {@link takeEnded}, its trace once through the outputs.
 */
export class AgentFloor {
  readonly #options: AgentFloorOptions;
  #turnId = 0;
  #turn: AgentTurn | undefined;
  /** Of the open turn; undefined where the caller may not interrupt. */
  #bargeIn: BargeIn | undefined;
  #flushed: FlushedTurn | undefined;
  #isFlushing = false;

  constructor(options: AgentFloorOptions) {
    this.#options = options;
  }

  get turn(): AgentTurn | undefined {
    return this.#turn;
  }

  get isPaused(): boolean {
    return this.#bargeIn?.isPaused ?? false;
  }

  /** A turn was flushed and it is not known yet what was heard of it. */
  get isFlushing(): boolean {
    return this.#isFlushing;
  }

  get deadlines(): readonly (MonotonicMs | undefined)[] {
    const ofTurn = this.#turn?.deadlines ?? [];
    return [...ofTurn, this.#bargeIn?.deadline, this.#flushed?.deadline];
  }

  begin(kind: TurnTrace['kind']): AgentTurn {
    return this.#open(kind, false);
  }

  /** Goes on with what was not heard of a turn whose interruption had no words. */
  resume(interrupted: AgentTurn, now: MonotonicMs): void {
    this.#open(interrupted.kind, true).resume(interrupted, now);
  }

  /** The same for a turn whose rest only the model knows. */
  askToGoOn(
    interrupted: AgentTurn,
    messages: readonly ConversationMessage[],
    now: MonotonicMs,
  ): void {
    this.#open(interrupted.kind, true).askToGoOn(interrupted, messages, now);
  }

  /** False for an answer to a turn that is over: the one place where those end. */
  isCurrent(input: TurnInput): boolean {
    if ('turnId' in input) return input.turnId === this.#turn?.turnId;
    return !('playoutId' in input) || this.#playing(input.playoutId) !== undefined;
  }

  handleAnswer(input: AgentTurnInput, now: MonotonicMs): void {
    const turn = 'playoutId' in input ? this.#playing(input.playoutId) : this.#turn;
    turn?.handleInput(input, now);
  }

  /** Says nothing of the open turn that was not heard yet. Nothing of it is kept. */
  dropUnheard(): void {
    this.#cancel(this.#turn);
    this.#turn = undefined;
    this.#bargeIn = undefined;
  }

  // The caller's side of it --------------------------------------------------------------------------

  speechStarted(onsetMs: MonotonicMs): void {
    this.#interruptible()?.speechStarted(onsetMs);
  }

  speechConfirmed(onsetMs: MonotonicMs, now: MonotonicMs): void {
    this.#apply(this.#interruptible()?.speechConfirmed(onsetMs), now);
  }

  speechEnded(endMs: MonotonicMs, now: MonotonicMs): void {
    this.#apply(this.#interruptible()?.speechEnded(endMs), now);
  }

  words(now: MonotonicMs): void {
    this.#apply(this.#interruptible()?.words(now), now);
  }

  digit(atMs: MonotonicMs, now: MonotonicMs): void {
    this.#apply(this.#interruptible()?.digit(atMs), now);
  }

  ducked(atMs: MonotonicMs): void {
    this.#bargeIn?.ducked(atMs);
  }

  silenced(atMs: MonotonicMs): void {
    (this.#flushed ?? this.#bargeIn)?.silenced(atMs);
  }

  handleTimeout(now: MonotonicMs): void {
    this.#apply(this.#bargeIn?.handleTimeout(now), now);
    this.#turn?.handleTimeout(now);
    this.#flushed?.handleTimeout(now);
  }

  // Endings ----------------------------------------------------------------------------------------

  /** The next turn that has ended, with its words and trace reported. */
  takeEnded(): EndedTurn | undefined {
    return this.#takeFlushed() ?? this.#takeCompleted();
  }

  /** The call is over: what was heard is what the marks say. */
  stop(): readonly EndedTurn[] {
    this.#flushed?.expire();
    const flushed = this.#takeFlushed();
    const turn = this.#turn;
    if (turn === undefined) return flushed ? [flushed] : [];
    const wasInterrupted = turn.isPlayoutOpen;
    this.#cancel(turn);
    return [...(flushed ? [flushed] : []), this.#close(turn, wasInterrupted)];
  }

  #takeFlushed(): EndedTurn | undefined {
    const flushed = this.#flushed;
    if (flushed === undefined) return undefined;
    const ended =
      this.#isFlushing && flushed.isHeardKnown ? this.#report(flushed.turn, true) : undefined;
    if (ended) this.#isFlushing = false;
    if (flushed.isOver) {
      this.#trace(flushed.trace);
      this.#flushed = undefined;
    }
    return ended;
  }

  #takeCompleted(): EndedTurn | undefined {
    const turn = this.#turn;
    if (!turn?.isOver) return undefined;
    this.#emitAction(this.#bargeIn?.playoutEnded());
    return this.#close(turn, false);
  }

  #close(turn: AgentTurn, wasInterrupted: boolean): EndedTurn {
    const ended = this.#report(turn, wasInterrupted);
    this.#trace(turn.buildTrace(this.#bargeIn?.trace));
    this.#turn = undefined;
    this.#bargeIn = undefined;
    return ended;
  }

  #report(turn: AgentTurn, wasInterrupted: boolean): EndedTurn {
    const heard = turn.heardText();
    if (heard !== '') {
      const transcript = { speaker: 'agent', text: heard, interrupted: wasInterrupted } as const;
      this.#options.emit({ type: 'transcript', ...transcript });
    }
    return { turn, heard, wasInterrupted };
  }

  #trace(trace: TurnTrace): void {
    this.#options.emit({ type: 'turn', trace });
  }

  #cancel(turn: AgentTurn | undefined): void {
    turn?.cancel();
    if (turn?.isPlayoutOpen) this.#options.emit({ type: 'playout-flush' });
  }

  // Barge-in ---------------------------------------------------------------------------------------

  /** A reply that is not heard yet cannot be interrupted: the caller just goes on with the turn it answers. */
  #interruptible(): BargeIn | undefined {
    if (this.#turn === undefined) return undefined;
    return this.#turn.isHeard || !this.#turn.isAnswer ? this.#bargeIn : undefined;
  }

  #open(kind: TurnTrace['kind'], isAfterSpeech: boolean): AgentTurn {
    const { agent, tools, emit } = this.#options;
    this.#turnId += 1;
    this.#turn = new AgentTurn({ kind, agent, tools, emit, turnId: this.#turnId });
    const { bargeIn } = agent;
    this.#bargeIn = bargeIn.enabled ? new BargeIn(bargeIn, isAfterSpeech) : undefined;
    return this.#turn;
  }

  #apply(action: BargeInAction | undefined, now: MonotonicMs): void {
    if (action === 'flush') this.#flush(now);
    else this.#emitAction(action);
  }

  #emitAction(action: Exclude<BargeInAction, 'flush'> | undefined): void {
    if (action) this.#options.emit({ type: `playout-${action}` });
  }

  #flush(now: MonotonicMs): void {
    const turn = this.#turn;
    const bargeIn = this.#bargeIn;
    if (turn === undefined || bargeIn === undefined) return;
    turn.cancel();
    this.#options.emit({ type: 'playout-flush' });
    this.#turnId += 1;
    this.#releaseTrace();
    this.#flushed = new FlushedTurn(turn, bargeIn, now);
    this.#isFlushing = true;
    this.#turn = undefined;
    this.#bargeIn = undefined;
  }

  /** An earlier flush that still waits for its silence waits no longer. */
  #releaseTrace(): void {
    if (this.#flushed) this.#trace(this.#flushed.trace);
  }

  #playing(playoutId: number): AgentTurn | undefined {
    return [this.#turn, this.#flushed?.turn].find((turn) => turn?.turnId === playoutId);
  }
}
