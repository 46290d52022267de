import type { AddressType } from './session-description.ts';

const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const IPV6 = /^[0-9a-f:.]{2,45}$/i;

export function isIpv4(text: string): boolean {
  return IPV4.test(text) && octets(text).every((octet) => octet <= 255);
}

/** By its letters only: enough to pass it on as text. */
export function isIpv6(text: string): boolean {
  return IPV6.test(text) && text.includes(':');
}

export function addressTypeOf(address: string): AddressType {
  return address.includes(':') ? 'IP6' : 'IP4';
}

/** `0.0.0.0` and `::`: "do not send to me", the hold of RFC 2543 (RFC 3264 section 8.4). */
export function isUnspecified(address: string): boolean {
  return /^[0.:]+$/.test(address);
}

/** One host's own address. Audio for a group or a broadcast address is never wanted: it would multiply. */
export function isUnicast(address: string): boolean {
  if (isIpv4(address)) return (octets(address)[0] ?? 0) < 224;
  return isIpv6(address) && !/^ff/i.test(address);
}

function isLoopback(address: string): boolean {
  return isIpv4(address) ? octets(address)[0] === 127 : /^(?:0*:)*:?0*1$/.test(address);
}

/**
 * Where audio for the writer of an SDP is sent to begin with: a loopback address, from a peer elsewhere, is its own and not ours. The
 * address is a hint in any case: audio goes to where audio comes from.
 */
export function reachableAddress(sdpAddress: string, signallingAddress: string): string {
  const isStrange = isLoopback(sdpAddress) && !isLoopback(signallingAddress);
  return isStrange && signallingAddress !== '' ? signallingAddress : sdpAddress;
}

function octets(address: string): number[] {
  return address.split('.').map(Number);
}
