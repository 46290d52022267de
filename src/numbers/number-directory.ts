/** A number of this installation and the agent that answers it. */
export interface NumberEntry {
  /** User part of the called URI; `*` is every number that has no entry of its own. */
  readonly number: string;
  readonly agent: string;
  /** Name of the carrier that calls from this number leave by. */
  readonly carrier?: string;
}

/** Which agent answers a call, and which carrier a number came with. */
export class NumberDirectory {
  readonly #entries: ReadonlyMap<string, NumberEntry>;

  constructor(entries: readonly NumberEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.number, entry]));
  }

  /** The agent's name; undefined (the call gets 404) when nobody answers this number. A leading plus makes no difference. */
  agentFor(calledUser: string | undefined): string | undefined {
    const entry = calledUser === undefined ? undefined : this.#entryOf(calledUser);
    return (entry ?? this.#entries.get('*'))?.agent;
  }

  /** The carrier's name; undefined when any carrier may be taken. */
  carrierFor(callingNumber: string): string | undefined {
    return this.#entryOf(callingNumber)?.carrier;
  }

  #entryOf(number: string): NumberEntry | undefined {
    const other = number.startsWith('+') ? number.slice(1) : `+${number}`;
    return this.#entries.get(number) ?? this.#entries.get(other);
  }
}
