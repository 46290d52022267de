import { levelDbfs } from '../../../src/audio/level.ts';

const SPEECH_DBFS = -45;
const WINDOW_SAMPLES = 80;

/** Whether any 10 ms of 8 kHz audio is as loud as speech. */
export function containsSpeech(samples: Int16Array): boolean {
  for (let start = 0; start < samples.length; start += WINDOW_SAMPLES) {
    if (levelDbfs(samples.subarray(start, start + WINDOW_SAMPLES)) > SPEECH_DBFS) return true;
  }
  return false;
}

/** A tone: 16-bit mono. */
export function tone(durationMs: number, sampleRateHz: number, amplitude = 8_000): Int16Array {
  const samples = new Int16Array(Math.round((durationMs * sampleRateHz) / 1_000));
  for (let index = 0; index < samples.length; index++) {
    samples[index] = amplitude * Math.sin((2 * Math.PI * 440 * index) / sampleRateHz);
  }
  return samples;
}
