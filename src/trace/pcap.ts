import { byteStringToBytes, concatBytes } from '../core/bytes.ts';
import type { TraceAddress } from './captured-message.ts';
import { asIpv6, type IpAddress, parseIpAddress } from './ip-address.ts';
import type { Ladder, LadderMessage } from './ladder.ts';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
/** LINKTYPE_RAW: a packet begins with its IP header. */
const LINK_TYPE_RAW = 101;
const SNAPSHOT_BYTES = 262_144;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const MAX_PAYLOAD_BYTES = 65_535 - IPV4_HEADER_BYTES - UDP_HEADER_BYTES;
const HOPS = 64;
const PROTOCOL_UDP = 17;
const UNKNOWN: IpAddress = { family: 4, octets: Uint8Array.of(0, 0, 0, 0) };

/**
 * The ladder as a capture file (libpcap 2.4, microseconds). IP and UDP headers are made up around each message, over TCP, TLS
 * and WebSocket too: what is in the file is decrypted and unframed already.
 */
export function pcapOf({ messages }: Ladder): Uint8Array {
  return concatBytes([fileHeader(), ...messages.map(packetRecord)]);
}

function fileHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, MAGIC_MICROSECONDS);
  header.setUint16(4, 2);
  header.setUint16(6, 4);
  header.setUint32(16, SNAPSHOT_BYTES);
  header.setUint32(20, LINK_TYPE_RAW);
  return new Uint8Array(header.buffer);
}

function packetRecord(message: LadderMessage): Uint8Array {
  const { atUs, direction, local, remote, text } = message;
  const payload = byteStringToBytes(text.slice(0, MAX_PAYLOAD_BYTES));
  const packet =
    direction === 'in' ? udpPacket(remote, local, payload) : udpPacket(local, remote, payload);
  const header = new DataView(new ArrayBuffer(16));
  header.setUint32(0, Math.floor(atUs / 1e6));
  header.setUint32(4, Math.floor(atUs % 1e6));
  header.setUint32(8, packet.length);
  header.setUint32(12, packet.length);
  return concatBytes([new Uint8Array(header.buffer), packet]);
}

function udpPacket(from: TraceAddress, to: TraceAddress, payload: Uint8Array): Uint8Array {
  const source = parseIpAddress(from.host) ?? UNKNOWN;
  const target = parseIpAddress(to.host) ?? UNKNOWN;
  const isIpv4 = source.family === 4 && target.family === 4;
  const sourceOctets = isIpv4 ? source.octets : asIpv6(source);
  const targetOctets = isIpv4 ? target.octets : asIpv6(target);
  const udp = new DataView(new ArrayBuffer(UDP_HEADER_BYTES));
  udp.setUint16(0, from.port);
  udp.setUint16(2, to.port);
  udp.setUint16(4, UDP_HEADER_BYTES + payload.length);
  const datagram = concatBytes([new Uint8Array(udp.buffer), payload]);
  const checksum = udpChecksum(sourceOctets, targetOctets, datagram);
  new DataView(datagram.buffer).setUint16(6, checksum);
  const header = isIpv4
    ? ipv4Header(sourceOctets, targetOctets, datagram.length)
    : ipv6Header(sourceOctets, targetOctets, datagram.length);
  return concatBytes([header, datagram]);
}

/** RFC 791 section 3.1. */
function ipv4Header(source: Uint8Array, target: Uint8Array, payloadBytes: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(IPV4_HEADER_BYTES));
  const bytes = new Uint8Array(header.buffer);
  header.setUint8(0, 0x45);
  header.setUint16(2, IPV4_HEADER_BYTES + payloadBytes);
  header.setUint16(6, 0x4000);
  header.setUint8(8, HOPS);
  header.setUint8(9, PROTOCOL_UDP);
  bytes.set(source, 12);
  bytes.set(target, 16);
  header.setUint16(10, onesComplement(sumOf(bytes)));
  return bytes;
}

/** RFC 8200 section 3. */
function ipv6Header(source: Uint8Array, target: Uint8Array, payloadBytes: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(IPV6_HEADER_BYTES));
  const bytes = new Uint8Array(header.buffer);
  header.setUint8(0, 0x60);
  header.setUint16(4, payloadBytes);
  header.setUint8(6, PROTOCOL_UDP);
  header.setUint8(7, HOPS);
  bytes.set(source, 8);
  bytes.set(target, 24);
  return bytes;
}

/** RFC 768, with the pseudo header of either version (RFC 8200 section 8.1). */
function udpChecksum(source: Uint8Array, target: Uint8Array, datagram: Uint8Array): number {
  const sum = sumOf(source) + sumOf(target) + PROTOCOL_UDP + datagram.length + sumOf(datagram);
  return onesComplement(sum) || 0xffff;
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  return sum;
}

function onesComplement(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
