/** The running requests of a call to one provider, by turn: what is cancelled is cancelled by turn. */
export class CallRequests {
  readonly #controllers = new Map<number, Set<AbortController>>();

  get size(): number {
    let size = 0;
    for (const controllers of this.#controllers.values()) size += controllers.size;
    return size;
  }

  /** Runs a request until it ends by itself or its turn is cancelled. `request` must not reject. */
  run(turnId: number, request: (signal: AbortSignal) => Promise<void>): void {
    const controller = new AbortController();
    const controllers = this.#controllers.get(turnId) ?? new Set();
    this.#controllers.set(turnId, controllers.add(controller));
    void request(controller.signal).finally(() => {
      controllers.delete(controller);
      if (controllers.size === 0 && this.#controllers.get(turnId) === controllers) {
        this.#controllers.delete(turnId);
      }
    });
  }

  cancel(turnId: number): void {
    const controllers = this.#controllers.get(turnId);
    this.#controllers.delete(turnId);
    for (const controller of controllers ?? []) controller.abort();
  }

  cancelAll(): void {
    for (const turnId of [...this.#controllers.keys()]) this.cancel(turnId);
  }
}
