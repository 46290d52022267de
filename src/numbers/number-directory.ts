/** A number of this installation and the agent that answers it. */
export interface NumberEntry {
  /** User part of the called URI; `*` is every number that has no entry of its own. */
  readonly number: string;
  readonly agent: string;
}

/** Which agent answers a call. */
export class NumberDirectory {
  readonly #agents: ReadonlyMap<string, string>;

  constructor(entries: readonly NumberEntry[]) {
    this.#agents = new Map(entries.map((entry) => [entry.number, entry.agent]));
  }

  /** The agent's name; undefined (the call gets 404) when nobody answers this number. A leading plus makes no difference. */
  agentFor(calledUser: string | undefined): string | undefined {
    if (calledUser === undefined || calledUser === '*') return this.#agents.get('*');
    const other = calledUser.startsWith('+') ? calledUser.slice(1) : `+${calledUser}`;
    return this.#agents.get(calledUser) ?? this.#agents.get(other) ?? this.#agents.get('*');
  }
}
