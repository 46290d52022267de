import { concatBytes, utf8Bytes } from '../core/bytes.ts';
import type { CapturedMessage, TraceTransport } from './captured-message.ts';
import { asIpv6, parseIpAddress } from './ip-address.ts';

export interface HepPacketOptions {
  /** Which capture agent this is, as the server knows it. */
  readonly captureId: number;
  /** Sent with every packet, in clear, as the protocol has it. */
  readonly password?: string;
}

/** Chunk types of the generic vendor 0. */
const CHUNK = Object.freeze({
  ipFamily: 1,
  ipProtocol: 2,
  ipv4Source: 3,
  ipv4Target: 4,
  ipv6Source: 5,
  ipv6Target: 6,
  sourcePort: 7,
  targetPort: 8,
  seconds: 9,
  microseconds: 10,
  protocolType: 11,
  captureId: 12,
  password: 14,
  payload: 15,
  correlationId: 17,
});

const FAMILY_IPV4 = 2;
const FAMILY_IPV6 = 10;
const TYPE_SIP = 1;
/** HEP has no numbers for TLS and secure WebSocket; capture agents of SIP proxies use these two unassigned ones for what they decrypted. */
const IP_PROTOCOL: Readonly<Record<TraceTransport, number>> = Object.freeze({
  udp: 17,
  tcp: 6,
  tls: 22,
  ws: 6,
  wss: 50,
});

const MAGIC = Uint8Array.of(0x48, 0x45, 0x50, 0x33);
const MAX_CORRELATION_CHARS = 256;
/** The packet has to fit into a datagram. */
const MAX_PACKET_BYTES = 65_507;

/** One message as a HEP 3 packet. Undefined when an address is no IP address; a payload that does not fit is cut. */
export function hepPacket(
  message: CapturedMessage,
  correlationId: string,
  options: HepPacketOptions,
): Uint8Array | undefined {
  const { atUs, transport, direction, local, remote, bytes } = message;
  const [from, to] = direction === 'in' ? [remote, local] : [local, remote];
  const addresses = addressChunks(from.host, to.host);
  if (addresses === undefined) return undefined;
  const chunks = [
    ...addresses,
    chunk(CHUNK.ipProtocol, Uint8Array.of(IP_PROTOCOL[transport])),
    chunk(CHUNK.sourcePort, uint16(from.port)),
    chunk(CHUNK.targetPort, uint16(to.port)),
    chunk(CHUNK.seconds, uint32(Math.floor(atUs / 1e6))),
    chunk(CHUNK.microseconds, uint32(Math.floor(atUs % 1e6))),
    chunk(CHUNK.protocolType, Uint8Array.of(TYPE_SIP)),
    chunk(CHUNK.captureId, uint32(options.captureId)),
    ...(options.password === undefined ? [] : [chunk(CHUNK.password, utf8Bytes(options.password))]),
    chunk(CHUNK.correlationId, utf8Bytes(correlationId.slice(0, MAX_CORRELATION_CHARS))),
  ];
  const room = MAX_PACKET_BYTES - 6 - chunks.reduce((sum, each) => sum + each.length, 0) - 6;
  return packet([...chunks, chunk(CHUNK.payload, bytes.subarray(0, room))]);
}

function addressChunks(from: string, to: string): readonly Uint8Array[] | undefined {
  const source = parseIpAddress(from);
  const target = parseIpAddress(to);
  if (source === undefined || target === undefined) return undefined;
  if (source.family === 4 && target.family === 4) {
    return [
      chunk(CHUNK.ipFamily, Uint8Array.of(FAMILY_IPV4)),
      chunk(CHUNK.ipv4Source, source.octets),
      chunk(CHUNK.ipv4Target, target.octets),
    ];
  }
  return [
    chunk(CHUNK.ipFamily, Uint8Array.of(FAMILY_IPV6)),
    chunk(CHUNK.ipv6Source, asIpv6(source)),
    chunk(CHUNK.ipv6Target, asIpv6(target)),
  ];
}

function packet(chunks: readonly Uint8Array[]): Uint8Array {
  const length = chunks.reduce((sum, each) => sum + each.length, MAGIC.length + 2);
  return concatBytes([MAGIC, uint16(length), ...chunks]);
}

/** Vendor, type and length, which counts these six octets too. */
function chunk(type: number, value: Uint8Array): Uint8Array {
  return concatBytes([uint16(0), uint16(type), uint16(6 + value.length), value]);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
