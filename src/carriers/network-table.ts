import { isIP } from 'node:net';

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

interface Network extends Address {
  readonly bits: number;
}

const BITS = { 4: 32, 6: 128 } as const;
const MAPPED_IPV4 = 0xffffn;

/** Owners of IPv4 and IPv6 networks. Of two networks with the same address in them, the smaller one counts. */
export class NetworkTable<Owner> {
  /** By family, the networks of each size, smallest network first. */
  readonly #sizes: Readonly<Record<4 | 6, [bits: number, owners: Map<bigint, Owner>][]>> = {
    4: [],
    6: [],
  };

  /** The first of equal networks counts; what is no network is left out. */
  constructor(entries: Iterable<readonly [network: string, owner: Owner]>) {
    for (const [text, owner] of entries) {
      const network = parseNetwork(text);
      if (network) this.#add(network, owner);
    }
    for (const sizes of Object.values(this.#sizes)) sizes.sort(([a], [b]) => b - a);
  }

  /** An IPv4 address in IPv6 form (RFC 4291 section 2.5.5.2) counts as IPv4. */
  ownerOf(address: string): Owner | undefined {
    const parsed = parseAddress(address);
    if (!parsed) return undefined;
    const { family, value } = parsed;
    for (const [bits, owners] of this.#sizes[family]) {
      const owner = owners.get(value >> BigInt(BITS[family] - bits));
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  #add({ family, value, bits }: Network, owner: Owner): void {
    const sizes = this.#sizes[family];
    let owners = sizes.find(([size]) => size === bits)?.[1];
    if (!owners) {
      owners = new Map();
      sizes.push([bits, owners]);
    }
    const key = value >> BigInt(BITS[family] - bits);
    if (!owners.has(key)) owners.set(key, owner);
  }
}

/** Whether it is an address or a network in CIDR form of either family. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

function parseNetwork(text: string): Network | undefined {
  const [host = '', size, ...rest] = text.split('/');
  const address = parseAddress(host);
  if (!address || rest.length > 0) return undefined;
  const full = BITS[address.family];
  const bits = size === undefined ? full : Number(size);
  if (size !== undefined && !/^\d{1,3}$/.test(size)) return undefined;
  return bits <= full ? { ...address, bits } : undefined;
}

function parseAddress(text: string): Address | undefined {
  switch (isIP(text)) {
    case 4:
      return { family: 4, value: ipv4Value(text) };
    case 6:
      return text.includes('%') ? undefined : unmapped(ipv6Value(text));
    default:
      return undefined;
  }
}

function unmapped(value: bigint): Address {
  if (value >> 32n === MAPPED_IPV4) return { family: 4, value: value & 0xffffffffn };
  return { family: 6, value };
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const gap = Array.from({ length: 8 - first.length - last.length }, () => 0n);
  return [...first, ...gap, ...last].reduce((value, group) => (value << 16n) | group, 0n);
}

function groupsOf(text: string): readonly bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}
