import type { CallEvent } from '../call/call-event.ts';
import type { NewCall } from './call-record.ts';
import type { CallStore } from './call-store.ts';

/**
 * Writes the events of running calls down as they come, without holding the calls up. The store keeps the order in which it is asked, so that a
 * call's record is there before its events.
 */
export class CallJournal {
  readonly #calls: CallStore;
  readonly #onError: (callId: string, error: unknown) => void;
  readonly #pending = new Set<Promise<void>>();

  /** @param onError - an event was not kept: the call goes on, its record has a hole */
  constructor(calls: CallStore, onError: (callId: string, error: unknown) => void) {
    this.#calls = calls;
    this.#onError = onError;
  }

  /** What was said and is neither kept nor reported lost. */
  get pendingWrites(): number {
    return this.#pending.size;
  }

  /** The record of a call that the API did not make. */
  begin(call: NewCall): void {
    this.#track(call.spec.callId, this.#calls.create(call));
  }

  append(callId: string, event: CallEvent): void {
    this.#track(callId, this.#calls.append(callId, [event]));
  }

  /** Resolves when everything that was said so far is kept or reported lost. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #track(callId: string, write: Promise<void>): void {
    const tracked = write
      .catch((error: unknown) => this.#onError(callId, error))
      .finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }
}
