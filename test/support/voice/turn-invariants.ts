import { invariant } from '../../../src/core/invariant.ts';
import type { TurnInput, TurnOutput } from '../../../src/voice/turn-io.ts';

/** Watches one turn engine and throws when it breaks what its drivers rely on. */
export class TurnInvariants {
  readonly #openPlayouts = new Set<number>();
  readonly #openRequests = new Set<number>();
  readonly #traced = new Set<number>();
  #newestTurnId = 0;
  #isStopped = false;

  handleInput(input: TurnInput): void {
    if (input.type === 'stop') this.#isStopped = true;
    if (input.type === 'playout-ended') this.#openPlayouts.delete(input.playoutId);
    if (input.type === 'llm-error') this.#openRequests.delete(input.turnId);
    if (input.type === 'llm-event' && input.event.type === 'done') {
      this.#openRequests.delete(input.turnId);
    }
  }

  handleOutput(output: TurnOutput): void {
    if ('turnId' in output) this.#isCurrent(output.turnId, output.type);
    if ('playoutId' in output) this.#isCurrent(output.playoutId, output.type);
    switch (output.type) {
      case 'llm-start':
        this.#openRequests.add(output.turnId);
        return;
      case 'llm-cancel':
        invariant(this.#openRequests.delete(output.turnId), 'a request that ended was cancelled');
        return;
      case 'playout-write':
        this.#openPlayouts.add(output.playoutId);
        return;
      case 'playout-finish':
        this.#openPlayouts.delete(output.playoutId);
        return;
      case 'playout-flush':
        this.#openPlayouts.clear();
        return;
      case 'turn':
        invariant(!this.#traced.has(output.trace.turnId), 'a turn was traced twice');
        this.#traced.add(output.trace.turnId);
        return;
      default:
    }
  }

  /** After the outputs of an input were drained. */
  drained(deadline: number | undefined): void {
    if (!this.#isStopped) return;
    invariant(deadline === undefined, 'a timer runs after the stop');
    invariant(this.#openPlayouts.size === 0, 'a playout was left open');
    invariant(this.#openRequests.size === 0, 'a request was left open');
  }

  #isCurrent(turnId: number, type: string): void {
    invariant(turnId >= this.#newestTurnId, `${type} for turn ${turnId}, which is over`);
    this.#newestTurnId = turnId;
  }
}
