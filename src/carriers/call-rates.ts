/** What a minute to a number costs, by the longest beginning that is known. */
export class CallRates {
  readonly #microUsdByPrefix: ReadonlyMap<string, number>;
  readonly #defaultMicroUsd: number;
  readonly #longest: number;

  /** Micro-USD per minute, by the first digits of the international number. */
  constructor(microUsdByPrefix: ReadonlyMap<string, number>, defaultMicroUsd: number) {
    this.#microUsdByPrefix = microUsdByPrefix;
    this.#defaultMicroUsd = defaultMicroUsd;
    this.#longest = Math.max(0, ...[...microUsdByPrefix.keys()].map(({ length }) => length));
  }

  microUsdPerMinute(number: string): number {
    const digits = number.replace(/\D/g, '');
    for (let length = Math.min(this.#longest, digits.length); length > 0; length -= 1) {
      const rate = this.#microUsdByPrefix.get(digits.slice(0, length));
      if (rate !== undefined) return rate;
    }
    return this.#defaultMicroUsd;
  }
}
