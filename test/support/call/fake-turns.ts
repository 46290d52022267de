import type { TurnMachine } from '../../../src/call/call-conversation.ts';
import { after, type MonotonicMs } from '../../../src/core/time.ts';
import type { TurnInput, TurnOutput } from '../../../src/voice/turn-io.ts';

/** A turn engine that says what it is told to say, and notes what it hears. */
export class FakeTurns implements TurnMachine {
  readonly heard: TurnInput[] = [];
  readonly #script: ReadonlyMap<TurnInput['type'], readonly TurnOutput[]>;
  readonly #outputs: TurnOutput[] = [];
  #deadline: MonotonicMs | undefined;
  /** Thrown on the next input of this type. */
  throwsOn: TurnInput['type'] | undefined;

  constructor(script: Partial<Record<TurnInput['type'], readonly TurnOutput[]>> = {}) {
    this.#script = new Map(Object.entries(script) as [TurnInput['type'], readonly TurnOutput[]][]);
  }

  get inputs(): readonly string[] {
    return this.heard.map((input) => input.type);
  }

  handleInput(input: TurnInput, now: MonotonicMs): void {
    this.heard.push(input);
    if (input.type === this.throwsOn) throw new Error(`scripted fault on ${input.type}`);
    this.#outputs.push(...(this.#script.get(input.type) ?? []));
    if (input.type === 'start') this.#deadline = after(now, 30_000);
  }

  /** Nobody spoke for 30 s. */
  handleTimeout(now: MonotonicMs): void {
    if (this.#deadline === undefined || this.#deadline > now) return;
    this.#deadline = undefined;
    this.#outputs.push({ type: 'hang-up', reason: 'silence' });
  }

  pollOutput(): TurnOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#deadline;
  }
}
