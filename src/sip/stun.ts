import { parseIpAddress } from './ip-address.ts';

const HEADER_BYTES = 20;
const MAGIC_COOKIE = Object.freeze([0x21, 0x12, 0xa4, 0x42]);
const BINDING_REQUEST = 0x0001;
const BINDING_RESPONSE = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;

/** Whether a datagram on the SIP port is STUN: the first two bits are zero, which no SIP message has (RFC 5626 section 4.4.2). */
export function isStun(datagram: Uint8Array): boolean {
  const first = datagram[0];
  if (first === undefined || (first & 0xc0) !== 0 || datagram.length < HEADER_BYTES) return false;
  return MAGIC_COOKIE.every((octet, index) => datagram[4 + index] === octet);
}

/**
 * The answer to a STUN binding request used as a keep-alive (RFC 5626 section 4.4.2, RFC 8489 section 14.2): the address that it came from.
 * Undefined for anything else, for a length that does not fit, and for a source that is no address.
 */
export function stunResponse(
  datagram: Uint8Array,
  source: { readonly host: string; readonly port: number },
): Uint8Array | undefined {
  const address = parseIpAddress(source.host);
  if (!isStun(datagram) || address === undefined) return undefined;
  if (word(datagram, 0) !== BINDING_REQUEST) return undefined;
  if (word(datagram, 2) !== datagram.length - HEADER_BYTES) return undefined;
  // Cookie and transaction id, which an address is masked with.
  const mask = datagram.slice(4, HEADER_BYTES);
  const port = source.port ^ word(mask, 0);
  const masked = address.map((octet, index) => octet ^ (mask[index] ?? 0));
  const value = [0, address.length === 4 ? 1 : 2, port >> 8, port & 0xff, ...masked];
  const attribute = [...bytesOf(XOR_MAPPED_ADDRESS), ...bytesOf(value.length), ...value];
  return Uint8Array.from([
    ...bytesOf(BINDING_RESPONSE),
    ...bytesOf(attribute.length),
    ...mask,
    ...attribute,
  ]);
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function bytesOf(value: number): readonly number[] {
  return [value >> 8, value & 0xff];
}
