import type { SipRequest } from '../message/sip-message.ts';

/** Octets of a request that count as one; what is longer counts for more. */
const UNIT_OCTETS = 4_096;
const SOURCE_SHARE = 0.5;

interface Kept {
  readonly request: SipRequest;
  readonly source: { readonly host: string };
}

/**
 * How full the table of server transactions is. It bounds their memory, whatever the size of the requests, and one address
 * takes half of it at most: its flood leaves the calls of the others alone.
 */
export class ServerLoad {
  readonly #max: number;
  readonly #bySource = new Map<string, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  admits({ request, source }: Kept): boolean {
    const weight = weightOf(request);
    const ofSource = (this.#bySource.get(source.host) ?? 0) + weight;
    return this.#total + weight <= this.#max && ofSource <= Math.ceil(this.#max * SOURCE_SHARE);
  }

  add(kept: Kept): void {
    this.#change(kept, 1);
  }

  remove(kept: Kept): void {
    this.#change(kept, -1);
  }

  #change({ request, source: { host } }: Kept, sign: 1 | -1): void {
    const weight = sign * weightOf(request);
    const ofSource = (this.#bySource.get(host) ?? 0) + weight;
    this.#total += weight;
    if (ofSource === 0) this.#bySource.delete(host);
    else this.#bySource.set(host, ofSource);
  }
}

function weightOf({ uri, headers, body }: SipRequest): number {
  let octets = uri.length + body.length;
  for (const { name, value } of headers) octets += name.length + value.length;
  return Math.ceil(octets / UNIT_OCTETS);
}
