/**
 * mu-law of ITU-T G.711 for programs beside the engine (the built-in caller, capture analysis). The engine's own is in `native/codec`.
 */
const BIAS = 0x84;
const CLIP = 32_635;

/** One 16-bit linear sample to its mu-law octet. */
export function muLawEncode(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** One mu-law octet to a 16-bit linear sample. */
export function muLawDecode(octet: number): number {
  const bits = ~octet & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const magnitude = (((bits & 0x0f) << 3) + BIAS) << exponent;
  return bits & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

const DECODED = Int16Array.from({ length: 256 }, (_, octet) => muLawDecode(octet));

export function muLawEncodeFrame(samples: Int16Array): Uint8Array {
  return Uint8Array.from(samples, muLawEncode);
}

export function muLawDecodeFrame(octets: Uint8Array): Int16Array {
  const samples = new Int16Array(octets.length);
  for (let at = 0; at < octets.length; at += 1) samples[at] = DECODED[octets[at] ?? 0] ?? 0;
  return samples;
}
