interface Range {
  readonly first: number;
  readonly last: number;
}

/** IPv4 addresses and CIDR blocks that may talk to the server. */
export class SipAllowList {
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** Throws with the offending entry when one is neither an IPv4 address nor a block of them. */
  static parse(entries: readonly string[]): SipAllowList {
    return new SipAllowList(entries.map(parseRange));
  }

  allows(address: string): boolean {
    const value = parseAddress(address);
    if (value === undefined) return false;
    return this.#ranges.some(({ first, last }) => value >= first && value <= last);
  }
}

function parseRange(entry: string): Range {
  const [address = '', bitsText, ...more] = entry.split('/');
  const value = parseAddress(address);
  const bits = bitsText === undefined ? 32 : Number(bitsText);
  const isValid = /^[0-9]{1,2}$/.test(bitsText ?? '32') && bits <= 32 && more.length === 0;
  if (value === undefined || !isValid)
    throw new Error(`not an IPv4 address or CIDR block: ${entry}`);
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}

function parseAddress(text: string): number | undefined {
  const parts = text.replace(/^::ffff:/i, '').split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^[0-9]{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}
