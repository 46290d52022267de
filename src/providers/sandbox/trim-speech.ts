import { levelDbfs } from '../../audio/level.ts';

const FRAME_MS = 20;
/** Quieter than this against the loudest 20 ms, or this in itself, is not the caller. */
const RANGE_DB = 30;
const FLOOR_DBFS = -55;
const MARGIN_FRAMES = 3;

/** Cuts the quiet ends off, leaving a short margin; empty when there is nothing but quiet. */
export function trimSpeech(samples: Int16Array, sampleRateHz: number): Int16Array {
  const frameSamples = (sampleRateHz * FRAME_MS) / 1_000;
  const levels: number[] = [];
  for (let start = 0; start < samples.length; start += frameSamples) {
    levels.push(levelDbfs(samples.subarray(start, start + frameSamples)));
  }
  const threshold = Math.max(FLOOR_DBFS, Math.max(-Infinity, ...levels) - RANGE_DB);
  const first = levels.findIndex((level) => level >= threshold);
  if (first < 0) return new Int16Array(0);
  const last = levels.findLastIndex((level) => level >= threshold);
  const from = Math.max(0, first - MARGIN_FRAMES) * frameSamples;
  return samples.slice(from, (last + 1 + MARGIN_FRAMES) * frameSamples);
}
