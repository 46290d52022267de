import { SAMPLES_PER_MS, type Timeline } from './timeline.ts';

const SAMPLE_RATE_HZ = 8_000;
const COARSE_STEP = 4;
const MAX_DELAY_SAMPLES = 500 * SAMPLES_PER_MS;
const MIN_DELAY_SAMPLES = -50 * SAMPLES_PER_MS;
/** Of a window with less nothing can be said: -50 dBFS. */
const MIN_POWER = 1e-5;
/** Of a piece of it. */
const MIN_PIECE_POWER = 1e-7;
/** Below this what was heard is not what was said. */
const MIN_CORRELATION = 0.4;

/** What the caller said: sample `n` left at `startMs` + n / 8 / `speed`. */
export interface Reference extends Timeline {
  /** Of the caller's clock against ours, 1 = the same. */
  readonly speed: number;
}

/** Where a window of the reference was found in what was heard. */
export interface Match {
  /** First sample of the window in the reference, and in what was heard. */
  readonly referenceAt: number;
  readonly heardAt: number;
  readonly length: number;
  readonly delayMs: number;
}

/** Cross-correlation, a second of the reference at a time. Windows with little sound, and those that are not found, are left out. */
export function align(reference: Reference, heard: Timeline): readonly Match[] {
  const coarse = { reference: thinned(reference.samples), heard: thinned(heard.samples) };
  const matches: Match[] = [];
  for (let at = 0; at + SAMPLE_RATE_HZ <= reference.samples.length; at += SAMPLE_RATE_HZ) {
    if (power(reference.samples, at, SAMPLE_RATE_HZ) < MIN_POWER) continue;
    const saidMs = reference.startMs + at / SAMPLES_PER_MS / reference.speed;
    const expected = Math.round((saidMs - heard.startMs) * SAMPLES_PER_MS);
    const rough = findCoarse(coarse, at, expected);
    const window = { at, length: SAMPLE_RATE_HZ };
    const fine = best(reference.samples, heard.samples, window, [
      rough - 2 * COARSE_STEP,
      rough + 2 * COARSE_STEP,
    ]);
    if (fine.correlation < MIN_CORRELATION) continue;
    matches.push({
      referenceAt: at,
      heardAt: fine.at,
      length: SAMPLE_RATE_HZ,
      delayMs: heard.startMs + fine.at / SAMPLES_PER_MS - saidMs,
    });
  }
  return matches;
}

/** Cuts a match into pieces that are each found again near their place: stretched audio moves within a second. */
export function refine(
  reference: Float32Array,
  heard: Float32Array,
  match: Match,
): readonly Match[] {
  const length = 200 * SAMPLES_PER_MS;
  const reach = 40 * SAMPLES_PER_MS;
  return Array.from({ length: Math.floor(match.length / length) }, (_, index) => {
    const offset = index * length;
    const referenceAt = match.referenceAt + offset;
    const place = match.heardAt + offset;
    const quiet = power(reference, referenceAt, length) < MIN_PIECE_POWER;
    const heardAt = quiet
      ? place
      : best(reference, heard, { at: referenceAt, length }, [place - reach, place + reach]).at;
    const moved = (heardAt - place) / SAMPLES_PER_MS;
    return { referenceAt, heardAt, length, delayMs: match.delayMs + moved };
  });
}

interface Thinned {
  readonly reference: Float32Array;
  readonly heard: Float32Array;
}

/** In full samples. */
function findCoarse({ reference, heard }: Thinned, at: number, expected: number): number {
  const window = { at: at / COARSE_STEP, length: SAMPLE_RATE_HZ / COARSE_STEP };
  const from = Math.floor((expected + MIN_DELAY_SAMPLES) / COARSE_STEP);
  const to = Math.ceil((expected + MAX_DELAY_SAMPLES) / COARSE_STEP);
  return best(reference, heard, window, [from, to]).at * COARSE_STEP;
}

interface Window {
  readonly at: number;
  readonly length: number;
}

/** The place between two, both included, at which the window fits best. */
function best(
  reference: Float32Array,
  heard: Float32Array,
  window: Window,
  [from, to]: readonly [number, number],
): { readonly at: number; readonly correlation: number } {
  const ownPower = power(reference, window.at, window.length);
  let found = { at: from, correlation: -1 };
  for (let at = Math.max(0, from); at <= to && at + window.length <= heard.length; at++) {
    let product = 0;
    let energy = 0;
    for (let index = 0; index < window.length; index++) {
      const sample = heard[at + index] ?? 0;
      product += sample * (reference[window.at + index] ?? 0);
      energy += sample * sample;
    }
    const correlation = product / Math.sqrt(ownPower * window.length * energy + 1e-12);
    if (correlation > found.correlation) found = { at, correlation };
  }
  return found;
}

/** Every fourth sample of the mean over four: enough to find the place. */
function thinned(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / COARSE_STEP) }, (_, index) => {
    let sum = 0;
    for (let offset = 0; offset < COARSE_STEP; offset++)
      sum += samples[index * COARSE_STEP + offset] ?? 0;
    return sum / COARSE_STEP;
  });
}

/** Mean square. */
export function power(samples: Float32Array, at: number, length: number): number {
  let sum = 0;
  for (let index = at; index < at + length; index++) sum += (samples[index] ?? 0) ** 2;
  return sum / length;
}
