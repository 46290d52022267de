/** One commit of the audio buffer and what has come back for it. */
interface Utterance {
  /** Undefined while the caller speaks. */
  commit: { readonly eventId: string; readonly serial: number } | undefined;
  itemId: string | undefined;
  text: string;
  final: string | undefined;
}

export interface ReadyTranscript {
  readonly text: string;
  /** The commit's number, to settle it by. */
  readonly serial: number;
}

const MAX_PENDING = 32;
/** Items whose transcript was given out or given up, remembered so that a late event is not taken for a newer one's. */
const MAX_RETIRED = 64;

/**
 * Transcripts come back by item id and in any order; they are given out in the order of the commits. The items themselves are made
 * in that order, so that an unknown id belongs to the oldest utterance without one.
 */
export class TranscriptQueue {
  readonly #utterances: Utterance[] = [];
  #retired: string[] = [];

  /** Speech ended and was committed; `serial` numbers the commit message. */
  commit(eventId: string, serial: number): void {
    this.#speaking().commit = { eventId, serial };
    if (this.#utterances.length > MAX_PENDING) this.#retireFirst();
  }

  /** The server made the item of the oldest commit that had none. */
  assign(itemId: string): void {
    this.#find(itemId);
  }

  /** Adds to an item's text so far and returns it. */
  extend(itemId: string, delta: string): string | undefined {
    const utterance = this.#find(itemId);
    if (!utterance || utterance.final !== undefined) return undefined;
    utterance.text += delta;
    return utterance.text;
  }

  finish(itemId: string, transcript: string): void {
    const utterance = this.#find(itemId);
    if (utterance) utterance.final ??= transcript;
  }

  /** The server refused a commit: it had no audio worth transcribing. */
  refuse(eventId: string): void {
    const refused = this.#utterances.find((utterance) => utterance.commit?.eventId === eventId);
    if (refused) refused.final ??= '';
  }

  /** A transcript waits for an earlier one. */
  get isHeldUp(): boolean {
    return this.#utterances.some((utterance) => utterance.final !== undefined && utterance.commit);
  }

  /** The earlier ones will not come any more. */
  giveUpEarlier(): void {
    const last = this.#utterances.findLastIndex((utterance) => utterance.final !== undefined);
    for (const utterance of this.#utterances.slice(0, last)) utterance.final ??= '';
  }

  takeReady(): readonly ReadyTranscript[] {
    const ready: ReadyTranscript[] = [];
    for (let first = this.#utterances[0]; first; first = this.#utterances[0]) {
      if (first.final === undefined || !first.commit) break;
      ready.push({ text: first.final, serial: first.commit.serial });
      this.#retireFirst();
    }
    return ready;
  }

  /** On a new connection everything from `oldestSerial` is sent again and gets new items; what came before it never will. */
  restart(oldestSerial: number): void {
    for (const utterance of this.#utterances) {
      utterance.itemId = undefined;
      utterance.text = '';
      utterance.final = utterance.commit && utterance.commit.serial < oldestSerial ? '' : undefined;
    }
  }

  #find(itemId: string): Utterance | undefined {
    if (itemId === '' || this.#retired.includes(itemId)) return undefined;
    const known = this.#utterances.find((utterance) => utterance.itemId === itemId);
    if (known) return known;
    const next = this.#utterances.find(awaitsItem) ?? this.#speaking();
    next.itemId = itemId;
    return next;
  }

  #retireFirst(): void {
    const itemId = this.#utterances.shift()?.itemId;
    if (itemId !== undefined) this.#retired = [...this.#retired, itemId].slice(-MAX_RETIRED);
  }

  /** The utterance that the audio now goes to. */
  #speaking(): Utterance {
    const last = this.#utterances.at(-1);
    if (last && !last.commit) return last;
    const started = { commit: undefined, itemId: undefined, text: '', final: undefined };
    this.#utterances.push(started);
    return started;
  }
}

function awaitsItem(utterance: Utterance): boolean {
  return utterance.itemId === undefined && utterance.final === undefined;
}
