/** Something that happens at most once, and perhaps before anybody listens: then it is told on setting the listener. */
export class OneShot<Args extends readonly unknown[]> {
  #listener: ((...args: Args) => void) | undefined;
  #waiting: Args | undefined;
  #isOver = false;

  get listener(): ((...args: Args) => void) | undefined {
    return this.#listener;
  }

  set listener(listener: ((...args: Args) => void) | undefined) {
    this.#listener = listener;
    const waiting = this.#waiting;
    if (listener === undefined || waiting === undefined) return;
    this.#waiting = undefined;
    listener(...waiting);
  }

  happen(...args: Args): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#listener === undefined) this.#waiting = args;
    else this.#listener(...args);
  }

  /** It may no longer happen, nor be told. */
  cancel(): void {
    this.#isOver = true;
    this.#waiting = undefined;
  }
}
