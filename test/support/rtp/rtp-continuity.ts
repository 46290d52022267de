import type { RtpPacket } from './rtp-packet.ts';

/** An RTP packet with its arrival on the monotonic clock. */
export interface ReceivedPacket extends RtpPacket {
  readonly atMs: number;
  readonly address: string;
  readonly port: number;
}

/** What a far end can say of a stream of 20 ms packets at 8 kHz. Everything but the first three is 0 in a perfect one. */
export interface RtpContinuity {
  readonly packets: number;
  /** Over the whole stream; 50 is right. */
  readonly packetsPerSecond: number;
  /** Longest time without a packet. */
  readonly longestGapMs: number;
  readonly ssrcChanges: number;
  /** Packets whose sequence number is not the one after their predecessor's. */
  readonly sequenceBreaks: number;
  /** Packets whose timestamp does not go on by 160 per sequence number. */
  readonly timestampBreaks: number;
}

const SAMPLES_PER_PACKET = 160;

export function rtpContinuity(packets: readonly ReceivedPacket[]): RtpContinuity {
  const pairs = packets.slice(1).map((packet, index) => stepBetween(packets[index], packet));
  const durationMs = pairs.reduce((sum, pair) => sum + pair.gapMs, 0);
  return {
    packets: packets.length,
    packetsPerSecond: durationMs === 0 ? 0 : (pairs.length * 1000) / durationMs,
    longestGapMs: Math.max(0, ...pairs.map((pair) => pair.gapMs)),
    ssrcChanges: pairs.filter((pair) => pair.isOtherSource).length,
    sequenceBreaks: pairs.filter((pair) => pair.sequenceStep !== 1).length,
    timestampBreaks: pairs.filter((pair) => pair.timestampError !== 0).length,
  };
}

interface Step {
  readonly gapMs: number;
  readonly isOtherSource: boolean;
  readonly sequenceStep: number;
  readonly timestampError: number;
}

function stepBetween(before: ReceivedPacket | undefined, packet: ReceivedPacket): Step {
  if (before === undefined) {
    return { gapMs: 0, isOtherSource: false, sequenceStep: 1, timestampError: 0 };
  }
  const sequenceStep = (packet.sequenceNumber - before.sequenceNumber) & 0xffff;
  const timestampStep = (packet.timestamp - before.timestamp) >>> 0;
  return {
    gapMs: packet.atMs - before.atMs,
    isOtherSource: packet.ssrc !== before.ssrc,
    sequenceStep,
    timestampError: (timestampStep - sequenceStep * SAMPLES_PER_PACKET) | 0,
  };
}
