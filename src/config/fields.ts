import { isIP } from 'node:net';
import { z } from 'zod';

/** The value types that configuration keys share. Messages never repeat a value: it may be a secret. */

export function wholeNumber(from: number, to: number) {
  return z
    .int(`expected a whole number from ${from} to ${to}`)
    .min(from, `expected a whole number from ${from} to ${to}`)
    .max(to, `expected a whole number from ${from} to ${to}`);
}

export function numberBetween(from: number, to: number) {
  return z
    .number(`expected a number from ${from} to ${to}`)
    .min(from, `expected a number from ${from} to ${to}`)
    .max(to, `expected a number from ${from} to ${to}`);
}

export function text(maxLength: number) {
  const expected = `expected text of 1 to ${maxLength} characters`;
  return z.string(expected).min(1, expected).max(maxLength, expected);
}

export const port = wholeNumber(1, 65_535);

/** 0 lets the system choose a free port. */
export const listeningPort = wholeNumber(0, 65_535);

export const ipv4 = z.ipv4('expected an IPv4 address such as 192.168.1.10');

const LISTENING_EXPECTED = 'expected an IPv4 address, an IPv6 address or a list of them';

const ipAddress = z
  .string(LISTENING_EXPECTED)
  .refine((value) => isIP(value) !== 0, LISTENING_EXPECTED);

/** What a socket binds to: one address, or several of both families. */
export const listeningHosts = z.union([ipAddress, z.array(ipAddress).min(1).max(8)], {
  error: LISTENING_EXPECTED,
});

/** A name or an address, without a port. */
export const host = z
  .string('expected a host name or an IP address')
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/,
    'expected a host name or an IP address',
  );

/** YAML reads an unquoted +1555... as a number and drops the plus. */
export const phoneNumber = z
  .string('expected a phone number in quotes, such as "+15551234567"')
  .regex(/^\+[1-9]\d{1,14}$/, 'expected an E.164 phone number such as +15551234567');

export const name = z
  .string('expected a name')
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'expected a name of letters, digits, dots, dashes or underscores',
  );

const NETWORK_EXPECTED = 'expected an IP network such as 203.0.113.0/24';

/** An address of a DNS server, with a port when it is not 53. */
export const dnsServer = z
  .string('expected an address such as 192.0.2.53 or 192.0.2.53:5353')
  .refine(isAddressWithPort, 'expected an address such as 192.0.2.53 or 192.0.2.53:5353');

function isAddressWithPort(value: string): boolean {
  if (isIP(value) !== 0) return true;
  const [, address = '', port = ''] = /^(\[[^\]]+\]|[^:]+):([0-9]{1,5})$/.exec(value) ?? [];
  return isIP(address.replace(/^\[|\]$/g, '')) !== 0 && +port > 0 && +port <= 65_535;
}

/** An address or a network of either family. */
export const network = z.string(NETWORK_EXPECTED).refine(isNetwork, NETWORK_EXPECTED);

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && +prefix <= (family === 4 ? 32 : 128));
}

/** An API's address. Credentials belong into their own key, where they are kept out of logs. */
export function baseUrl(...protocols: readonly string[]) {
  const expected = `expected a URL beginning with ${protocols.join('// or ')}// and without a user name`;
  return z.string(expected).refine((value) => isBaseUrl(value, protocols), expected);
}

function isBaseUrl(value: string, protocols: readonly string[]): boolean {
  const url = URL.parse(value);
  return (
    url !== null && protocols.includes(url.protocol) && url.username === '' && url.password === ''
  );
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const RANGE_EXPECTED =
  'expected a range from 1024 to 65535 with an even port and the next, such as 20000-29999';

/** A call takes an even port and the one above it (RFC 3550 section 11). */
export const portRange = z.string(RANGE_EXPECTED).transform((value, context): PortRange => {
  const [, first, last] = /^(\d{4,5})-(\d{4,5})$/.exec(value.trim()) ?? [];
  const range = { first: Number(first), last: Number(last) };
  const firstEven = range.first + (range.first % 2);
  if (range.first >= 1_024 && range.last <= 65_535 && firstEven < range.last) return range;
  context.addIssue(RANGE_EXPECTED);
  return z.NEVER;
});
