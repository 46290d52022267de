/** Answers that were worked out before, of at most `max` questions; when there are more, all of them are forgotten. */
export class Memo<Key, Value> {
  readonly #max: number;
  readonly #answer: (key: Key) => Value;
  readonly #known = new Map<Key, Value>();

  constructor(max: number, answer: (key: Key) => Value) {
    this.#max = max;
    this.#answer = answer;
  }

  of(key: Key): Value {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#max) this.#known.clear();
    const answer = this.#answer(key);
    this.#known.set(key, answer);
    return answer;
  }
}
