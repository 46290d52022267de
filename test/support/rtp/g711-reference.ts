/** G.711 the slow way, straight from the recommendation's definition: independent of the engine's tables. */
export type G711Law = 'PCMU' | 'PCMA';

export const PAYLOAD_TYPE: Readonly<Record<G711Law, number>> = { PCMU: 0, PCMA: 8 };

/** The byte whose value is nearest to the sample. */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const table = DECODED[law];
  return Uint8Array.from(samples, (sample) => nearest(table, sample));
}

export function decodeG711(law: G711Law, bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => DECODED[law][byte] ?? 0);
}

/** µ-law of G.711 table 2: sign, 3 bits of chord, 4 of step, all inverted on the line; scaled to 16 bits. */
function decodeMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
  return code & 0x80 ? -magnitude : magnitude;
}

/** A-law of G.711 table 1: even bits inverted, sign 1 is positive; scaled to 16 bits. */
function decodeALaw(byte: number): number {
  const code = byte ^ 0x55;
  const chord = (code & 0x70) >> 4;
  const step = ((code & 0x0f) << 4) + 8;
  const magnitude = chord === 0 ? step : (step + 0x100) << (chord - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

const DECODED: Readonly<Record<G711Law, Int16Array>> = {
  PCMU: Int16Array.from({ length: 256 }, (_, byte) => decodeMuLaw(byte)),
  PCMA: Int16Array.from({ length: 256 }, (_, byte) => decodeALaw(byte)),
};

function nearest(table: Int16Array, sample: number): number {
  let best = 0;
  for (let byte = 1; byte < 256; byte++) {
    const distance = Math.abs((table[byte] ?? 0) - sample);
    if (distance < Math.abs((table[best] ?? 0) - sample)) best = byte;
  }
  return best;
}
