import { expect, test } from 'vitest';
import { timelineOfPackets } from '../../bench/media/timeline.ts';

/** As `rtp_impair` writes them. */
function packet(arrivalMs: number, timestamp: number, code: number): Uint8Array {
  const bytes = new Uint8Array(16 + 160).fill(code, 16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(arrivalMs * 1e6), true);
  view.setUint32(8, timestamp, true);
  view.setUint16(14, 160, true);
  return bytes;
}

function timeline(...packets: readonly Uint8Array[]) {
  return timelineOfPackets(Buffer.concat(packets));
}

test('packets lie where their timestamps say, on the clock of the quickest', () => {
  const { startMs, samples } = timeline(packet(105, 0, 0x80), packet(120, 160, 0x00));

  expect(startMs).toBe(100);
  expect(samples).toHaveLength(320);
  expect(samples[159]).toBeCloseTo(0.98, 2);
  expect(samples[160]).toBeCloseTo(-0.98, 2);
});

test('what never came is silence, also where the timestamps wrap', () => {
  const { samples } = timeline(packet(100, 0xffff_ff60, 0x80), packet(140, 160, 0x80));

  expect([...samples.subarray(160, 320)].every((sample) => sample === 0)).toBe(true);
  expect(samples).toHaveLength(480);
});

test('of nothing there is nothing', () => {
  expect(timeline().samples).toHaveLength(0);
});
