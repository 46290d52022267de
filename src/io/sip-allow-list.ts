import { Memo } from '../core/memo.ts';
import { parseIpAddress, sharedBits } from '../sip/ip-address.ts';

interface Block {
  readonly octets: readonly number[];
  readonly bits: number;
}

const MAX_VERDICTS = 4_096;

/** IPv4 and IPv6 addresses and CIDR blocks that may talk to the server. */
export class SipAllowList {
  readonly #blocks: readonly Block[];
  /** Of addresses that were asked for before. */
  readonly #verdicts = new Memo(MAX_VERDICTS, (address: string) => this.#contains(address));

  private constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  /** Throws with the offending entry when one is neither an address nor a block of them. */
  static parse(entries: readonly string[]): SipAllowList {
    return new SipAllowList(entries.map(parseBlock));
  }

  allows(address: string): boolean {
    return this.#verdicts.of(address);
  }

  #contains(address: string): boolean {
    const octets = parseIpAddress(address);
    if (octets === undefined) return false;
    return this.#blocks.some((block) => sharedBits(block.octets, octets) >= block.bits);
  }
}

function parseBlock(entry: string): Block {
  const [address = '', bitsText, ...more] = entry.split('/');
  const octets = parseIpAddress(address);
  const all = (octets?.length ?? 0) * 8;
  const bits = bitsText === undefined ? all : Number(bitsText);
  const isValid = /^[0-9]{1,3}$/.test(bitsText ?? '0') && bits <= all && more.length === 0;
  if (octets === undefined || !isValid) throw new Error(`not an address or CIDR block: ${entry}`);
  return { octets, bits };
}
