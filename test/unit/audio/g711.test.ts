import { expect, test } from 'vitest';
import {
  muLawDecode,
  muLawDecodeFrame,
  muLawEncode,
  muLawEncodeFrame,
} from '../../../src/audio/g711.ts';

test('every mu-law code survives decoding and encoding (G.711)', () => {
  for (let octet = 0; octet < 256; octet += 1) {
    // 0x7f is negative zero: it decodes to the same sample as 0xff.
    expect(muLawEncode(muLawDecode(octet))).toBe(octet === 0x7f ? 0xff : octet);
  }
});

test('silence is 0xff and full scale is the outermost code (G.711)', () => {
  expect([muLawEncode(0), muLawEncode(32_767), muLawEncode(-32_768)]).toEqual([0xff, 0x80, 0x00]);
  expect([muLawDecode(0x80), muLawDecode(0x00)]).toEqual([32_124, -32_124]);
});

test('a frame keeps its length and stays within half a step of its samples', () => {
  const samples = Int16Array.from({ length: 160 }, (_, i) => 8_000 * Math.sin(i / 5));
  const decoded = muLawDecodeFrame(muLawEncodeFrame(samples));

  expect(decoded.length).toBe(160);
  decoded.forEach((sample, i) => {
    expect(Math.abs(sample - (samples[i] ?? 0))).toBeLessThanOrEqual(257);
  });
});
