import { FrameDecoder } from './frame-codec.ts';

/** One application connection. */
export class Connection {
  readonly id: number;
  readonly decoder = new FrameDecoder();
  /** Methods in lower case that it wants new requests of. A set: clients repeat their routes. */
  readonly routes = new Set<string>();
  isAuthenticated = false;

  constructor(id: number) {
    this.id = id;
  }
}

/** The application connections and who is next for a new request. */
export class Connections {
  readonly #all = new Map<number, Connection>();
  readonly #served = new Map<string, number>();

  open(id: number): void {
    this.#all.set(id, new Connection(id));
  }

  find(id: number | undefined): Connection | undefined {
    return id === undefined ? undefined : this.#all.get(id);
  }

  close(id: number): void {
    this.#all.delete(id);
  }

  /** Round robin over those that routed the method. */
  next(method: string): Connection | undefined {
    const verb = method.toLowerCase();
    const candidates = [...this.#all.values()].filter((each) => each.routes.has(verb));
    if (candidates.length === 0) return undefined;
    const turn = this.#served.get(verb) ?? 0;
    this.#served.set(verb, (turn + 1) % Number.MAX_SAFE_INTEGER);
    return candidates[turn % candidates.length];
  }
}
