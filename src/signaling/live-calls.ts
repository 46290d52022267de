/** A transaction or dialog that ends with the connection to the SIP server. */
export interface LiveCall {
  /** The connection is gone: tells whoever waits, sends nothing. */
  lose(reason: string): void;
  /** Ends it politely: BYE, CANCEL or a final status. Resolves when that is done or given up. */
  release(): Promise<void>;
}

/** What one connection to the SIP server carries at the moment, and the way from it to the application. */
export class LiveCalls {
  readonly #calls = new Set<LiveCall>();
  readonly #onApplicationError: (error: unknown) => void;

  constructor(onApplicationError: (error: unknown) => void) {
    this.#onApplicationError = onApplicationError;
  }

  /**
   * Calls the application. Its exception is reported and stays here: it would go up through the library into the socket's
   * handler, and end the process.
   */
  tell<Result>(notify: () => Result): Result | undefined {
    try {
      return notify();
    } catch (error) {
      this.#onApplicationError(error);
      return undefined;
    }
  }

  get size(): number {
    return this.#calls.size;
  }

  [Symbol.iterator](): IterableIterator<LiveCall> {
    return this.#calls.values();
  }

  add(call: LiveCall): void {
    this.#calls.add(call);
  }

  remove(call: LiveCall): void {
    this.#calls.delete(call);
  }

  loseAll(reason: string): void {
    for (const call of [...this.#calls]) call.lose(reason);
    this.#calls.clear();
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call.release()));
  }
}
