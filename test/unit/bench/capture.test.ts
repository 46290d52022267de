import { expect, test } from 'vitest';
import { muLawEncode } from '../../../src/audio/g711.ts';
import { readCapture } from '../../bench/latency/capture.ts';

function pcap(
  packets: readonly { atUs: number; from: number; to: number; sample: number }[],
): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(1, 20);
  return Buffer.concat([
    header,
    ...packets.map(({ atUs, from, to, sample }) => {
      const frame = Buffer.alloc(14 + 20 + 8 + 12 + 160, muLawEncode(sample));
      frame[14] = 0x45;
      frame[14 + 9] = 17;
      frame.writeUInt16BE(from, 34);
      frame.writeUInt16BE(to, 36);
      frame[42] = 0x80;
      frame[43] = 0;
      const record = Buffer.alloc(16);
      record.writeUInt32LE(Math.floor(atUs / 1e6), 0);
      record.writeUInt32LE(atUs % 1e6, 4);
      record.writeUInt32LE(frame.length, 8);
      return Buffer.concat([record, frame]);
    }),
  ]);
}

test('packets are sorted by caller and direction, with time in milliseconds and level', () => {
  const file = pcap([
    { atUs: 1_000_500, from: 4_000, to: 20_000, sample: 32_000 },
    { atUs: 1_020_500, from: 20_000, to: 4_000, sample: 0 },
    { atUs: 1_021_000, from: 20_002, to: 4_002, sample: 0 },
  ]);

  const calls = readCapture(file, new Set([4_000]));

  expect(calls).toHaveLength(1);
  expect(calls[0]?.sent.map(({ atMs }) => atMs)).toEqual([1_000.5]);
  expect(calls[0]?.sent[0]?.levelDbfs).toBeGreaterThan(-1);
  expect(calls[0]?.heard).toEqual([{ atMs: 1_020.5, levelDbfs: -Infinity }]);
});

test('a file that is no capture is refused', () => {
  expect(() => readCapture(Buffer.alloc(64), new Set())).toThrow('not a little-endian pcap file');
});
