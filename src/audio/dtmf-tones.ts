import type { PcmFrame } from './pcm-frame.ts';

/** ITU-T Q.23: a low and a high frequency, in Hz, by the row and the column of the key. */
const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1_209, 1_336, 1_477, 1_633];
const KEYS = ['123A', '456B', '789C', '*0#D'];
const SAMPLE_RATE_HZ = 8_000;
/** ITU-T Q.24 asks for 40 ms of each at least. */
const TONE_MS = 100;
const PAUSE_MS = 80;
/** -10 dBFS, and the high one 2 dB more: lines attenuate it more. */
const LOW_AMPLITUDE = 8_000;
const HIGH_AMPLITUDE = 10_000;

/** The keys of a telephone as they sound, one after the other, each with a pause behind it. Other characters are left out. */
export function dtmfTones(digits: string): PcmFrame {
  const tones = Array.from(digits.toUpperCase()).flatMap((key) => toneOf(key) ?? []);
  const samples = new Int16Array(tones.length * samplesOf(TONE_MS + PAUSE_MS));
  tones.forEach((tone, index) => {
    samples.set(tone, index * samplesOf(TONE_MS + PAUSE_MS));
  });
  return { samples, sampleRateHz: SAMPLE_RATE_HZ };
}

function toneOf(key: string): Int16Array | undefined {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  const low = ROWS_HZ[row];
  const high = COLUMNS_HZ[KEYS[row]?.indexOf(key) ?? -1];
  if (low === undefined || high === undefined) return undefined;
  return Int16Array.from({ length: samplesOf(TONE_MS) }, (_, index) =>
    Math.round(LOW_AMPLITUDE * wave(low, index) + HIGH_AMPLITUDE * wave(high, index)),
  );
}

function wave(hz: number, index: number): number {
  return Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE_HZ);
}

function samplesOf(ms: number): number {
  return (ms * SAMPLE_RATE_HZ) / 1_000;
}
