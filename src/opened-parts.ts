import type { Logger } from './telemetry/logger.ts';

type Close = () => Promise<void> | void;

/** Closers of the parts, in the order in which these were opened. */
export class OpenedParts {
  readonly #closers: Close[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(close: Close): void {
    this.#closers.push(close);
  }

  /** The last one first. What cannot be closed keeps none of the others open. Never rejects. */
  async closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#logger.error({ err: error }, 'a part could not be closed');
      }
    }
  }
}
