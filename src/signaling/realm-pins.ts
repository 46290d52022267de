const MAX_PINS = 4_096;

/** Which realm a server asked for first. It gets answers for no other one: a challenge can come from anybody on the way. */
export class RealmPins {
  readonly #realms = new Map<string, string>();

  /** The pinned realm; the first one seen is pinned. */
  realmOf(server: string, seen: string | undefined): string | undefined {
    const pinned = this.#realms.get(server);
    if (pinned !== undefined || seen === undefined) return pinned;
    if (this.#realms.size < MAX_PINS) this.#realms.set(server, seen);
    return seen;
  }
}
