import type { MediaEvent } from '../media/media-engine.ts';

/**
 * The turn engine numbers its playouts by turn; the media session wants every number above the last one, also of playouts that
 * are no turn's (a bridged leg's voice).
 */
export class PlayoutIds {
  readonly #idOfTurn = new Map<number, number>();
  readonly #turnOfId = new Map<number, number>();
  #lastId = 0;
  #lastTurn = 0;

  /** The session's number of a turn's playout; undefined when that has ended. */
  of(turnId: number): number | undefined {
    if (turnId > this.#lastTurn) {
      this.#lastTurn = turnId;
      this.#lastId = Math.max(this.#lastId + 1, turnId);
      this.#idOfTurn.set(turnId, this.#lastId);
      this.#turnOfId.set(this.#lastId, turnId);
    }
    return this.#idOfTurn.get(turnId);
  }

  /** A number for a playout that is no turn's. */
  take(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** The event with the turn's number; undefined when the playout is no turn's. */
  toTurn(event: MediaEvent): MediaEvent | undefined {
    if (!('playoutId' in event)) return event;
    const turnId = this.#turnOfId.get(event.playoutId);
    if (turnId === undefined) return undefined;
    if (event.type === 'playout-ended') {
      this.#turnOfId.delete(event.playoutId);
      this.#idOfTurn.delete(turnId);
    }
    return turnId === event.playoutId ? event : { ...event, playoutId: turnId };
  }
}
