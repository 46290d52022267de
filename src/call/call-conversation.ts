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
    if (!this.#isBridged) this.#outputs.push(this.#hold.playout());
    this.#tellDirect(wasDirect, now);
    return true;
  }

  setBridged(isBridged: boolean, now: MonotonicMs): void {
    const wasDirect = this.isDirect;
    if (isBridged) this.#outputs.push(...this.#hold.admit({ type: 'playout-flush' }));
    this.#isBridged = isBridged;
    if (isBridged) this.#outputs.push({ type: 'playout-resume' });
    else this.#outputs.push(this.#hold.playout());
    this.#tellDirect(wasDirect, now);
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
    const admitted = this.#hold.admit(output);
    return this.#isBridged ? admitted.filter(({ type }) => !STEERING.has(type)) : admitted;
  }
}

/** These act on whatever is being played: on the other leg's voice while that is there. */
const STEERING: ReadonlySet<TurnOutput['type']> = new Set([
  'playout-flush',
  'playout-pause',
  'playout-resume',
  'playout-release',
]);
