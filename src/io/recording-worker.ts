import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { createMp3Encoder } from 'wasm-media-encoders/esnext';
import type { ConversionRequest, ConversionResult } from './recording-converter.ts';
import { parseWavHeader, WAV_FRAME_BYTES, WAV_HEADER_BYTES, type WavHeader } from './wav-header.ts';

/** Of this thread alone: converting has time, calls have not. */
const LOWEST_PRIORITY = 19;
/** At 8 and at 16 kHz: MPEG-2.5 and MPEG-2 layer III, both channels together. */
const BIT_RATES_KBPS = [48, 64] as const;
/** What is in memory of a recording. */
const CHUNK_FRAMES = 32_768;

type Mp3Encoder = Awaited<ReturnType<typeof createMp3Encoder>>;

setPriority(LOWEST_PRIORITY);

/** One after the other: a restart after a crash leaves many at once. */
let last: Promise<void> = Promise.resolve();
let encoder: Promise<Mp3Encoder> | undefined;

parentPort?.on('message', (request: ConversionRequest) => {
  last = last.then(async () => parentPort?.postMessage(await convert(request)));
});

async function convert(request: ConversionRequest): Promise<ConversionResult> {
  const { id, wavPath, mp3Path, keptPath } = request;
  try {
    await encode(wavPath, `${mp3Path}.tmp`);
    // Renamed when complete and on disk: who finds the file finds all of it, and only then may the other go.
    await rename(`${mp3Path}.tmp`, mp3Path);
    await (keptPath === undefined ? rm(wavPath) : rename(wavPath, keptPath));
    return { id };
  } catch (error) {
    await rm(`${mp3Path}.tmp`, { force: true }).catch(() => {});
    return { id, failure: String(error) };
  }
}

async function encode(wavPath: string, mp3Path: string): Promise<void> {
  const source = await open(wavPath);
  try {
    const header = await readHeader(source);
    const target = await open(mp3Path, 'w', 0o600);
    try {
      await encodeFrames(source, header, target);
      await target.datasync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function readHeader(source: FileHandle): Promise<WavHeader> {
  const { buffer } = await source.read(Buffer.alloc(WAV_HEADER_BYTES), { position: 0 });
  const header = parseWavHeader(buffer, (await source.stat()).size);
  if (header === undefined) throw new Error('not a recording');
  return header;
}

async function encodeFrames(
  source: FileHandle,
  { sampleRateHz, frames }: WavHeader,
  target: FileHandle,
): Promise<void> {
  encoder ??= createMp3Encoder();
  const mp3 = await encoder;
  const [narrow, wide] = BIT_RATES_KBPS;
  mp3.configure({
    channels: 2,
    sampleRate: sampleRateHz,
    bitrate: sampleRateHz > 8_000 ? wide : narrow,
  });
  const chunk = Buffer.alloc(CHUNK_FRAMES * WAV_FRAME_BYTES);
  for (let at = 0; at < frames; at += CHUNK_FRAMES) {
    const length = Math.min(CHUNK_FRAMES, frames - at) * WAV_FRAME_BYTES;
    const position = WAV_HEADER_BYTES + at * WAV_FRAME_BYTES;
    const { bytesRead } = await source.read(chunk, 0, length, position);
    if (bytesRead < length) throw new Error('the recording became shorter');
    // The encoder's memory, until its next call.
    await writeAll(target, mp3.encode(channelsOf(chunk.subarray(0, length))));
  }
  await writeAll(target, mp3.finalize());
}

async function writeAll(target: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await target.write(bytes, at)).bytesWritten;
}

/** Samples from -1 to 1. */
function channelsOf(interleaved: Buffer): [Float32Array, Float32Array] {
  const frames = interleaved.length / WAV_FRAME_BYTES;
  const left = new Float32Array(frames);
  const right = new Float32Array(frames);
  for (let at = 0; at < frames; at += 1) {
    left[at] = interleaved.readInt16LE(at * WAV_FRAME_BYTES) / 32_768;
    right[at] = interleaved.readInt16LE(at * WAV_FRAME_BYTES + 2) / 32_768;
  }
  return [left, right];
}
