import type { MonotonicMs } from '../core/time.ts';
import type { TurnInput, TurnOutput } from '../voice/turn-io.ts';
import { CallHold, type HoldSide } from './call-hold.ts';

/** What a call needs of `voice/turn-engine.ts`. */
export interface TurnMachine {
  handleInput(input: TurnInput, now: MonotonicMs): void;
  handleTimeout(now: MonotonicMs): void;
  pollOutput(): TurnOutput | undefined;
  pollTimeout(): MonotonicMs | undefined;
}

/**
 * The turn engine of a call from the moment that audio can flow, and what stands between it and the line: a hold of either side, a
 * bridge to a second leg. Outputs come by {@link pollOutput}.
 */
export class CallConversation {
  readonly #hold = new CallHold();
  readonly #outputs: TurnOutput[] = [];
  /** Undefined before it is made, and once it threw. */
  #turns: TurnMachine | undefined;
  #hasStarted = false;
  #isBridged = false;
  #isOverheard = false;

  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  get isHeld(): boolean {
    return this.#hold.isHeld;
  }

  isHeldBy(side: HoldSide): boolean {
    return this.#hold.isHeldBy(side);
  }

  /** Neither held nor bridged: the agent and the far end hear each other. */
  get isDirect(): boolean {
    return !this.#hold.isHeld && !this.#isBridged;
  }

  /** The recogniser gets silence. */
  get isDeaf(): boolean {
    return !this.isDirect && (this.#hold.isHeld || !this.#isOverheard);
  }

  open(turns: TurnMachine): void {
    this.#turns = turns;
  }

  /** Once: the agent speaks first, or listens. */
  start(now: MonotonicMs): void {
    if (this.#hasStarted || this.#turns === undefined) return;
    this.#hasStarted = true;
    this.tell({ type: 'start' }, now);
    if (!this.isDirect) this.tell({ type: 'held' }, now);
  }

  tell(input: TurnInput, now: MonotonicMs): void {
    const turns = this.#turns;
    if (turns === undefined || !this.#hold.hears(input, !this.isDirect)) return;
    if (this.#isOverheard && (input.type === 'stt-interim' || input.type === 'stt-final')) {
      if (input.type === 'stt-final') this.#writeDown(input.transcript.text);
      return;
    }
    // What it would do about a key is not for the line that somebody else speaks on.
    if (input.type === 'dtmf' && this.#isBridged) return;
    turns.handleInput(input, now);
    this.#drain(turns);
  }

  handleTimeout(now: MonotonicMs): void {
    const turns = this.#turns;
    turns?.handleTimeout(now);
    this.#drain(turns);
  }

  pollOutput(): TurnOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#turns?.pollTimeout();
  }

  /** The one that threw is not asked for its last words. */
  abandon(): void {
    this.#turns = undefined;
  }

  /** Returns whether that changed anything. */
  setHeld(side: HoldSide, isHeld: boolean, now: MonotonicMs): boolean {
    const wasDirect = this.isDirect;
    if (!this.#hold.set(side, isHeld)) return false;
    this.#outputs.push(this.#hold.playout());
    this.#tellDirect(wasDirect, now);
    return true;
  }

  /** @param isOverheard - bridged, and what the far end says is written down */
  setBridged(isBridged: boolean, isOverheard: boolean, now: MonotonicMs): void {
    const wasDirect = this.isDirect;
    this.#isOverheard = isOverheard;
    if (isBridged === this.#isBridged) return;
    if (isBridged) this.#outputs.push(...this.#hold.admit({ type: 'playout-flush' }));
    this.#isBridged = isBridged;
    this.#tellDirect(wasDirect, now);
  }

  #writeDown(text: string): void {
    if (text.trim() === '') return;
    this.#outputs.push({ type: 'transcript', speaker: 'caller', text, interrupted: false });
  }

  #tellDirect(wasDirect: boolean, now: MonotonicMs): void {
    if (wasDirect === this.isDirect || !this.#hasStarted) return;
    this.tell({ type: this.isDirect ? 'resumed' : 'held' }, now);
  }

  #drain(turns: TurnMachine | undefined): void {
    for (let output = turns?.pollOutput(); output; output = turns?.pollOutput()) {
      this.#outputs.push(...this.#admit(output));
    }
  }

  #admit(output: TurnOutput): readonly TurnOutput[] {
    return this.#hold.admit(output);
  }
}
