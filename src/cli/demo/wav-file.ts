import { readFile } from 'node:fs/promises';
import { decode } from 'node-wav';
import { levelDbfs } from '../../audio/level.ts';

/** What is used of node-wav, which has no types. Samples are from -1 to 1, an array per channel. */
export type DecodeWav = (file: Buffer) => {
  readonly sampleRate: number;
  readonly channelData: readonly Float32Array[];
};

export interface WavFile {
  readonly sampleRateHz: number;
  readonly channels: readonly Int16Array[];
  readonly durationMs: number;
}

/** Rejects, with the path, when there is no such file or it is no WAV. */
export async function readWav(path: string): Promise<WavFile> {
  const file = await readFile(path);
  try {
    const { sampleRate: sampleRateHz, channelData } = decode(file);
    const channels = channelData.map(toInt16);
    const durationMs = ((channels[0]?.length ?? 0) * 1_000) / sampleRateHz;
    return { sampleRateHz, channels, durationMs };
  } catch (error) {
    throw new Error(`${path} is not a WAV file`, { cause: error });
  }
}

/** Level of the whole of each channel, pauses included. */
export function channelLevelsDbfs(wav: WavFile): readonly number[] {
  return wav.channels.map(levelDbfs);
}

function toInt16(channel: Float32Array): Int16Array {
  return Int16Array.from(channel, (sample) => Math.round(sample * (sample < 0 ? 32_768 : 32_767)));
}
