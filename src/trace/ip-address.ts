/** IPv4 and IPv6 addresses as octets. A zone (`%eth0`) is left out. */

export interface IpAddress {
  readonly family: 4 | 6;
  readonly octets: Uint8Array;
}

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** IPv4-mapped addresses are IPv4. Undefined for what is no address. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const v4 = ipv4Octets(text);
  if (v4 !== undefined) return { family: 4, octets: v4 };
  const octets = ipv6Octets(text.replace(/^\[|\]$|%.*$/g, ''));
  if (octets === undefined) return undefined;
  const isMapped = MAPPED_PREFIX.every((octet, at) => octets[at] === octet);
  return isMapped ? { family: 4, octets: octets.slice(12) } : { family: 6, octets };
}

/** The 16 octets of either family (RFC 4291 section 2.5.5.2). */
export function asIpv6({ family, octets }: IpAddress): Uint8Array {
  return family === 6 ? octets : Uint8Array.of(...MAPPED_PREFIX, ...octets);
}

function ipv4Octets(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isAddress =
    parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return isAddress ? Uint8Array.from(parts, Number) : undefined;
}

function ipv6Octets(text: string): Uint8Array | undefined {
  const [left = '', right, ...more] = text.split('::');
  if (!text.includes(':') || more.length > 0) return undefined;
  const before = groupOctets(left);
  const after = groupOctets(right ?? '');
  if (before === undefined || after === undefined) return undefined;
  const missing = 16 - before.length - after.length;
  if (right === undefined ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.of(...before, ...new Array<number>(missing).fill(0), ...after);
}

function groupOctets(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  for (const group of text.split(':')) {
    const v4 = ipv4Octets(group);
    const value = /^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : undefined;
    if (v4 !== undefined) octets.push(...v4);
    else if (value !== undefined) octets.push(value >> 8, value & 0xff);
    else return undefined;
  }
  return octets;
}
