import type { SipUserStore } from '../store/sip-user-store.ts';
import { type Binding, outlivesItsFlow } from './binding.ts';

/** Writes down the registrations that outlive their connection, so that a restart does not lose them. */
export class RegistrationKeeper {
  readonly #store: SipUserStore;
  readonly #onError: (error: unknown) => void;
  readonly #writing = new Map<string, Promise<void>>();
  readonly #latest = new Map<string, string | undefined>();
  /** As they were at the start. */
  readonly stored: ReadonlyMap<string, readonly Binding[]>;

  private constructor(
    store: SipUserStore,
    onError: (error: unknown) => void,
    stored: ReadonlyMap<string, readonly Binding[]>,
  ) {
    this.#store = store;
    this.#onError = onError;
    this.stored = stored;
  }

  static async open(
    store: SipUserStore,
    onError: (error: unknown) => void,
  ): Promise<RegistrationKeeper> {
    const rows = await store.registrations();
    const stored = [...rows].map(([id, text]) => {
      // What keep() wrote, so it is trusted.
      const bindings: readonly Binding[] = JSON.parse(text);
      return [id, bindings] as const;
    });
    return new RegistrationKeeper(store, onError, new Map(stored));
  }

  /** Of several changes while one is being written only the last is. */
  keep(userId: string, bindings: readonly Binding[]): void {
    const lasting = bindings.filter(outlivesItsFlow);
    this.#latest.set(userId, lasting.length === 0 ? undefined : JSON.stringify(lasting));
    if (!this.#writing.has(userId)) this.#writing.set(userId, this.#write(userId));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#writing.values());
  }

  async #write(userId: string): Promise<void> {
    while (this.#latest.has(userId)) {
      const text = this.#latest.get(userId);
      this.#latest.delete(userId);
      await this.#store.saveRegistration(userId, text).catch(this.#onError);
    }
    this.#writing.delete(userId);
  }
}
