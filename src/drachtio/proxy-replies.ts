import type { ClientMessage } from './frame-codec.ts';

/** Who wants to hear how a proxied request goes. */
export interface ProxyListener {
  readonly connection: number;
  /** The `proxy` message that the replies answer. */
  readonly message: ClientMessage;
}

/** The `proxy` messages that have not had their last reply, by transaction. Without its connection a request goes on unheard. */
export class ProxyReplies {
  readonly #listeners = new Map<string, ProxyListener>();

  get size(): number {
    return this.#listeners.size;
  }

  open(transaction: string, listener: ProxyListener): void {
    this.#listeners.set(transaction, listener);
  }

  find(transaction: string): ProxyListener | undefined {
    return this.#listeners.get(transaction);
  }

  take(transaction: string): ProxyListener | undefined {
    const listener = this.#listeners.get(transaction);
    this.#listeners.delete(transaction);
    return listener;
  }

  closeConnection(connection: number): void {
    for (const [transaction, listener] of this.#listeners) {
      if (listener.connection === connection) this.#listeners.delete(transaction);
    }
  }
}
