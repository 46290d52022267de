import { muLawDecodeFrame } from '../../../src/audio/g711.ts';
import { levelDbfs } from '../../../src/audio/level.ts';
import type { LevelPacket } from './packet-analysis.ts';

/** Both directions of one caller in a capture, by the caller's RTP port. */
export interface CapturedCall {
  readonly callerPort: number;
  readonly sent: LevelPacket[];
  readonly heard: LevelPacket[];
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINK_ETHERNET = 1;
const UDP = 17;

/**
 * Reads a capture file of tcpdump (pcap, little endian, Ethernet framing as on Linux loopback) and sorts its PCMU packets by caller.
 * @param callerPorts RTP ports of the callers; everything else in the file is passed over
 * @throws Error when the file is no such capture
 */
export function readCapture(file: Buffer, callerPorts: ReadonlySet<number>): CapturedCall[] {
  const magic = file.readUInt32LE(0);
  if (magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS) {
    throw new Error('not a little-endian pcap file');
  }
  if (file.readUInt32LE(20) !== LINK_ETHERNET)
    throw new Error('not a capture of the loopback device');
  const fractionsPerMs = magic === MAGIC_NANOSECONDS ? 1e6 : 1e3;
  const calls = new Map<number, CapturedCall>();
  for (let offset = 24; offset + 16 <= file.length; ) {
    const atMs = file.readUInt32LE(offset) * 1e3 + file.readUInt32LE(offset + 4) / fractionsPerMs;
    const length = file.readUInt32LE(offset + 8);
    const frame = file.subarray(offset + 16, offset + 16 + length);
    sortPacket(frame, atMs, callerPorts, calls);
    offset += 16 + length;
  }
  return [...calls.values()];
}

function sortPacket(
  frame: Buffer,
  atMs: number,
  callerPorts: ReadonlySet<number>,
  calls: Map<number, CapturedCall>,
): void {
  const datagram = udpOf(frame);
  if (!datagram || datagram.payload.length <= 12 || ((datagram.payload[1] ?? 0) & 0x7f) !== 0)
    return;
  const { fromPort, toPort, payload } = datagram;
  const callerPort = [fromPort, toPort].find((port) => callerPorts.has(port));
  if (callerPort === undefined) return;
  const call = calls.get(callerPort) ?? { callerPort, sent: [], heard: [] };
  calls.set(callerPort, call);
  const packet = { atMs, levelDbfs: levelDbfs(muLawDecodeFrame(payload.subarray(12))) };
  (fromPort === callerPort ? call.sent : call.heard).push(packet);
}

function udpOf(frame: Buffer): { fromPort: number; toPort: number; payload: Buffer } | undefined {
  const ip = frame.subarray(14);
  if (ip.length < 28 || (ip[0] ?? 0) >> 4 !== 4 || ip[9] !== UDP) return undefined;
  const udp = ip.subarray(((ip[0] ?? 0) & 0x0f) * 4);
  return { fromPort: udp.readUInt16BE(0), toPort: udp.readUInt16BE(2), payload: udp.subarray(8) };
}
