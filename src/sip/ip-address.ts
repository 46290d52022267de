import { isIpv4 } from './uri.ts';

const GROUPS = 8;

/**
 * The octets of an address, 4 or 16, or undefined for a name. Brackets and the zone of a link-local address are no part of it; an IPv4
 * address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function parseIpAddress(text: string): readonly number[] | undefined {
  if (isIpv4(text)) return text.split('.').map(Number);
  const groups = parseIpv6(bareHost(text));
  if (groups === undefined) return undefined;
  const octets = groups.flatMap((group) => [group >> 8, group & 0xff]);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? octets.slice(12) : octets;
}

export function isIpAddress(text: string): boolean {
  return parseIpAddress(text) !== undefined;
}

export function isIpv6(text: string): boolean {
  return text.includes(':') && parseIpAddress(text)?.length === 16;
}

/** Without the brackets of a URI and without a zone. */
export function bareHost(text: string): string {
  const isBracketed = text.startsWith('[') && text.endsWith(']');
  return (isBracketed ? text.slice(1, -1) : text).split('%', 1)[0] ?? '';
}

/** As it is written in a URI or a Via: IPv6 in brackets (RFC 3261 section 25.1, RFC 5118 section 4.1). */
export function hostText(host: string): string {
  return host.includes(':') ? `[${bareHost(host)}]` : host;
}

/** Whether two texts name one host: names without case, addresses by value (RFC 5118 section 4.7). */
export function isSameHost(a: string, b: string): boolean {
  const [left, right] = [parseIpAddress(a), parseIpAddress(b)];
  if (left === undefined || right === undefined) return a.toLowerCase() === b.toLowerCase();
  return left.length === right.length && left.every((octet, index) => octet === right[index]);
}

/** Leading bits that two addresses share; -1 when they are not of one family. */
export function sharedBits(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return -1;
  const at = a.findIndex((octet, index) => octet !== b[index]);
  if (at === -1) return a.length * 8;
  return at * 8 + Math.clz32((a[at] ?? 0) ^ (b[at] ?? 0)) - 24;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (!text.includes(':') || halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === GROUPS ? head : undefined;
  const missing = GROUPS - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && isIpv4(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
