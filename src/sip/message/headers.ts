import { headerKey } from './header-names.ts';
import { splitOutside } from './tokens.ts';

/** One header line. `name` is spelled as received or as it will be sent, `value` is unfolded and trimmed. */
export interface Header {
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

export function header(name: string, value: string): Header {
  return { name, key: headerKey(name), value };
}

/** The headers of one message in their order. Values are byte strings: what came in goes out byte for byte. */
export class Headers implements Iterable<Header> {
  readonly #list: readonly Header[];

  constructor(list: readonly Header[]) {
    this.#list = list;
  }

  static of(...pairs: readonly (readonly [name: string, value: string])[]): Headers {
    return new Headers(pairs.map(([name, value]) => header(name, value)));
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#list[Symbol.iterator]();
  }

  /** The value of the first line of that name; `key` is the long name in lower case. */
  first(key: string): string | undefined {
    for (const line of this.#list) if (line.key === key) return line.value;
    return undefined;
  }

  has(key: string): boolean {
    return this.first(key) !== undefined;
  }

  lines(key: string): readonly Header[] {
    return this.#list.filter((line) => line.key === key);
  }

  /** Every value of a list header such as Via, Route or Contact, whether on one line or on many. */
  values(key: string): readonly string[] {
    const values: string[] = [];
    for (const line of this.#list) {
      if (line.key !== key) continue;
      for (const value of splitOutside(line.value, ',')) if (value !== '') values.push(value);
    }
    return values;
  }

  /** A copy without the named headers. */
  without(...keys: readonly string[]): Headers {
    return new Headers(this.#list.filter((line) => !keys.includes(line.key)));
  }

  /** A copy with more lines at the end. */
  with(...lines: readonly Header[]): Headers {
    return new Headers([...this.#list, ...lines]);
  }

  /** A copy in which the first line of that name has another value. */
  withFirst(key: string, value: string): Headers {
    const at = this.#list.findIndex((line) => line.key === key);
    return new Headers(this.#list.map((line, index) => (index === at ? { ...line, value } : line)));
  }
}
