import type { TurnInput, TurnOutput } from '../voice/turn-io.ts';

export type HoldSide = 'peer' | 'api';

/**
 * Whether audio may flow (RFC 3264 section 8.4): each side may hold, and both must resume. While held the playout is paused
 * whatever the turn engine asks for, and the engine hears of no speech that begins.
 */
export class CallHold {
  readonly #sides = new Set<HoldSide>();
  #turnsWantPause = false;
  #isSpeechTold = false;

  get isHeld(): boolean {
    return this.#sides.size > 0;
  }

  isHeldBy(side: HoldSide): boolean {
    return this.#sides.has(side);
  }

  /** Returns whether that changed anything for this side. */
  set(side: HoldSide, isHeld: boolean): boolean {
    if (this.#sides.has(side) === isHeld) return false;
    if (isHeld) this.#sides.add(side);
    else this.#sides.delete(side);
    return true;
  }

  /** What brings the playout into the state that it is to be in now. */
  playout(): TurnOutput {
    const isPaused = this.isHeld || this.#turnsWantPause;
    return { type: isPaused ? 'playout-pause' : 'playout-resume' };
  }

  /** What of an output of the turn engine is done. */
  admit(output: TurnOutput): readonly TurnOutput[] {
    switch (output.type) {
      case 'playout-pause':
        this.#turnsWantPause = true;
        return [output];
      case 'playout-resume':
        this.#turnsWantPause = false;
        return this.isHeld ? [] : [output];
      case 'playout-flush':
        this.#turnsWantPause = false;
        // A flush leaves the pause.
        return this.isHeld ? [output, { type: 'playout-pause' }] : [output];
      default:
        return [output];
    }
  }

  /** Whether the turn engine is to hear it: no music on hold, but the end of what it has heard begin. */
  hears(input: TurnInput, isDeaf = this.isHeld): boolean {
    switch (input.type) {
      case 'speech-started':
        if (!isDeaf) this.#isSpeechTold = true;
        return !isDeaf;
      case 'speech-confirmed':
        return !isDeaf && this.#isSpeechTold;
      case 'speech-ended': {
        const wasTold = this.#isSpeechTold;
        this.#isSpeechTold = false;
        return wasTold;
      }
      default:
        return true;
    }
  }
}
