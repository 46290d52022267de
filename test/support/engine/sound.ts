import { FliteTts } from '../../../src/providers/flite/flite-tts.ts';

const LINE_RATE_HZ = 8_000;
const TAPS = 63;
const CUTOFF_HZ = 3_400;

/** What Flite makes of the text, as a telephone line carries it: 8 kHz. */
export async function speech(text: string, voice = 'slt'): Promise<Int16Array> {
  const flite = new FliteTts(1);
  const frames: Int16Array[] = [];
  let rateHz = LINE_RATE_HZ;
  for await (const frame of flite.synthesize({ text, voice }, AbortSignal.timeout(20_000))) {
    frames.push(frame.samples);
    rateHz = frame.sampleRateHz;
  }
  await flite.close();
  return resample(joined(frames), rateHz, LINE_RATE_HZ);
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The slow way, cut off at what a telephone line carries: a windowed sinc around every sample. */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples;
  const cutoff = Math.min(CUTOFF_HZ, fromHz / 2, toHz / 2) / fromHz;
  const length = Math.floor((samples.length * toHz) / fromHz);
  return Int16Array.from({ length }, (_, at) => filtered(samples, (at * fromHz) / toHz, cutoff));
}

function filtered(samples: Int16Array, centre: number, cutoff: number): number {
  const first = Math.ceil(centre - TAPS / 2);
  let sum = 0;
  for (let at = first; at < first + TAPS; at += 1) {
    const distance = at - centre;
    const window = 0.5 + 0.5 * Math.cos((2 * Math.PI * distance) / TAPS);
    sum += (samples[at] ?? 0) * 2 * cutoff * sinc(2 * cutoff * distance) * window;
  }
  return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

export interface Likeness {
  /** Highest normalised cross-correlation: 1 is the same sound, at whatever level. */
  readonly peak: number;
  /** Where in `heard` the wanted sound begins. */
  readonly atSample: number;
}

/** How much of `wanted` is in `heard`, wherever it begins. */
export function likeness(heard: Int16Array, wanted: Int16Array): Likeness {
  let best: Likeness = { peak: 0, atSample: 0 };
  for (let lag = 0; lag + wanted.length <= heard.length; lag += 1) {
    const peak = correlation(heard, wanted, lag);
    if (peak > best.peak) best = { peak, atSample: lag };
  }
  return best;
}

function correlation(heard: Int16Array, wanted: Int16Array, lag: number): number {
  let product = 0;
  let heardPower = 0;
  let wantedPower = 0;
  for (let at = 0; at < wanted.length; at += 1) {
    const a = heard[lag + at] ?? 0;
    const b = wanted[at] ?? 0;
    product += a * b;
    heardPower += a * a;
    wantedPower += b * b;
  }
  return product / Math.sqrt(Math.max(1, heardPower * wantedPower));
}
