import { after, type MonotonicMs } from '../core/time.ts';
import type { AgentTurn } from './agent-turn.ts';
import type { BargeIn } from './barge-in.ts';
import type { TurnTrace } from './turn-trace.ts';

/** The media engine reports a flush within a slot or two; a session that was closed meanwhile never does. */
const FLUSH_REPORT_MS = 200;

/** An agent turn that was interrupted, until the media engine has said how much of it was heard and when it fell silent. */
export class FlushedTurn {
  readonly turn: AgentTurn;
  readonly #bargeIn: BargeIn;
  readonly #deadline: MonotonicMs;
  #isExpired = false;

  constructor(turn: AgentTurn, bargeIn: BargeIn, now: MonotonicMs) {
    this.turn = turn;
    this.#bargeIn = bargeIn;
    this.#deadline = after(now, FLUSH_REPORT_MS);
  }

  get deadline(): MonotonicMs | undefined {
    return this.#isExpired ? undefined : this.#deadline;
  }

  /** What was heard is known. */
  get isHeardKnown(): boolean {
    return this.#isExpired || !this.turn.isPlayoutOpen;
  }

  /** Nothing more is waited for. */
  get isOver(): boolean {
    if (this.#isExpired) return true;
    return !this.turn.isPlayoutOpen && this.#bargeIn.trace?.stoppedMs !== undefined;
  }

  silenced(atMs: MonotonicMs): void {
    this.#bargeIn.silenced(atMs);
  }

  handleTimeout(now: MonotonicMs): void {
    if (this.#deadline <= now) this.expire();
  }

  /** The report is not waited for any longer: the marks decide what was heard. */
  expire(): void {
    this.#isExpired = true;
  }

  get trace(): TurnTrace {
    return this.turn.buildTrace(this.#bargeIn.trace);
  }
}
