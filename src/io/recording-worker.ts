import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { encode } from 'node-wav';
import type { ConversionRequest, ConversionResult } from './recording-converter.ts';

/** What is used of node-wav, which has no types. Samples are from -1 to 1, an array per channel. */
export type EncodeWav = (
  channels: readonly Float32Array[],
  options: { sampleRate: number; float: false; bitDepth: 16 },
) => Buffer;

const SAMPLE_RATE_HZ = 8_000;
const BYTES_PER_PAIR = 4;

/** One after the other: a recording is held in memory while it is converted, and a crash or a restart leaves many at once. */
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: ConversionRequest) => {
  last = last.then(async () => parentPort?.postMessage(await convert(request)));
});

async function convert({ id, partPath, wavPath }: ConversionRequest): Promise<ConversionResult> {
  try {
    const wav = encodeStereo(await readFile(partPath));
    // Renamed when complete: who finds the file finds all of it.
    await writeFile(`${wavPath}.tmp`, wav);
    await rename(`${wavPath}.tmp`, wavPath);
    await rm(partPath);
    return { id };
  } catch (error) {
    return { id, failure: String(error) };
  }
}

function encodeStereo(pcm: Buffer): Buffer {
  // A crash may have cut the last pair short.
  const length = Math.floor(pcm.byteLength / BYTES_PER_PAIR);
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  for (let at = 0; at < length; at += 1) {
    left[at] = toUnit(pcm.readInt16LE(at * BYTES_PER_PAIR));
    right[at] = toUnit(pcm.readInt16LE(at * BYTES_PER_PAIR + 2));
  }
  return encode([left, right], { sampleRate: SAMPLE_RATE_HZ, float: false, bitDepth: 16 });
}

/** The encoder scales by 32768 or 32767 and cuts towards zero: a quarter step keeps every sample what it was. */
function toUnit(sample: number): number {
  return sample < 0 ? (sample - 0.25) / 32_768 : (sample + 0.25) / 32_767;
}
