import { decodeG711 } from '../../support/rtp/g711-reference.ts';

export const SAMPLES_PER_MS = 8;
const HEADER_BYTES = 16;

/** 8 kHz audio with its place in time: sample `n` was heard at `startMs` + n / 8, on the monotonic clock. */
export interface Timeline {
  readonly startMs: number;
  readonly samples: Float32Array;
  /** Where samples did not come evenly: the first of each piece, and when it came. In order. */
  readonly pieces?: readonly Piece[];
}

export interface Piece {
  readonly at: number;
  readonly atMs: number;
}

interface Packet {
  readonly arrivalMs: number;
  /** RTP time since the first packet, unwrapped; only ever used within a few minutes. */
  readonly position: number;
  readonly payload: Uint8Array;
}

/** From what `rtp_impair` wrote of a listener. The stream is laid where its quickest packet would have it; what never came is silence. */
export function timelineOfPackets(file: Uint8Array): Timeline {
  const packets = parsePackets(file);
  const last = packets.at(-1);
  if (last === undefined) return { startMs: 0, samples: new Float32Array() };
  const samples = new Float32Array(last.position + last.payload.length);
  let startMs = Number.POSITIVE_INFINITY;
  for (const { arrivalMs, position, payload } of packets) {
    startMs = Math.min(startMs, arrivalMs - position / SAMPLES_PER_MS);
    if (position >= 0) samples.set(toFloat(decodeG711('PCMU', payload)), position);
  }
  return { startMs, samples };
}

/** Sorted by position. */
function parsePackets(file: Uint8Array): readonly Packet[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const packets: Packet[] = [];
  let first: number | undefined;
  for (let at = 0; at + HEADER_BYTES <= file.length; ) {
    const timestamp = view.getUint32(at + 8, true);
    const length = view.getUint16(at + 14, true);
    first ??= timestamp;
    packets.push({
      arrivalMs: Number(view.getBigInt64(at, true)) / 1e6,
      position: (timestamp - first) | 0,
      payload: file.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length),
    });
    at += HEADER_BYTES + length;
  }
  return packets.sort((a, b) => a.position - b.position);
}

/** From -1 to 1. */
export function toFloat(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32_768);
}
