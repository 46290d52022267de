import { type Match, power } from './alignment.ts';
import { powerSpectrum } from './spectrum.ts';

const FRAME_SAMPLES = 160;
const SPECTRUM_SAMPLES = 256;
/** Speech, not the pause between words: -40 dBFS. */
const ACTIVE_POWER = 1e-4;
const SNR_LIMITS_DB = [-10, 35] as const;
/** This far below what was said, the line is silent. */
const DROPOUT_DB = 25;
const DROPOUT_SAMPLES = 80;
/** Telephone band. */
const FIRST_BIN = 10;
const LAST_BIN = 109;
/** A jump of -40 dBFS more than the clean signal has anywhere near. */
const CLICK_STEP = 0.01;
const CLICK_REACH = 160;
/** Clicks nearer to each other are one. */
const CLICK_SPACING = 80;

export interface Quality {
  /** Mean over 20 ms frames with speech, each between -10 and 35 dB. */
  readonly segmentalSnrDb: number;
  /** Mean over frames with speech of the root mean square difference of the spectra, 300 to 3,400 Hz. */
  readonly logSpectralDistanceDb: number;
  /** Spells of 10 ms or more without sound where there was speech. */
  readonly dropouts: number;
  /** Those of them in which no packet was lost on the way: it was there too late, or not played. */
  readonly underruns: number;
  readonly clicks: number;
  /** Seconds that were compared. */
  readonly comparedS: number;
}

export interface Compared {
  readonly said: Float32Array;
  readonly heard: Float32Array;
  /** Places of 20 ms each in what was said. */
  readonly lost: ReadonlySet<number>;
}

/** `matches` say which piece of what was said each piece of what was heard is. */
export function compare(compared: Compared, matches: readonly Match[]): Quality {
  const { said, heard, lost } = compared;
  const frames = matches.flatMap((match) => framesOf(match));
  const active = frames.filter(
    ({ referenceAt }) => power(said, referenceAt, FRAME_SAMPLES) > ACTIVE_POWER,
  );
  const dropouts = findDropouts(said, heard, matches);
  return {
    segmentalSnrDb: mean(active.map((frame) => snrDb(said, heard, frame))),
    logSpectralDistanceDb: mean(active.map((frame) => spectralDistanceDb(said, heard, frame))),
    dropouts: dropouts.length,
    underruns: dropouts.filter((at) => !isLossNear(lost, at)).length,
    clicks: matches.reduce((sum, match) => sum + countClicks(said, heard, match), 0),
    comparedS: (matches.length * (matches[0]?.length ?? 0)) / 8_000,
  };
}

/** The sound of a lost packet, or of the one that its making up fades into. */
function isLossNear(lost: ReadonlySet<number>, at: number): boolean {
  const packet = Math.floor(at / FRAME_SAMPLES);
  return lost.has(packet - 1) || lost.has(packet) || lost.has(packet + 1);
}

interface Place {
  readonly referenceAt: number;
  readonly heardAt: number;
}

function framesOf({ referenceAt, heardAt, length }: Match): readonly Place[] {
  return Array.from({ length: Math.floor(length / FRAME_SAMPLES) }, (_, index) => ({
    referenceAt: referenceAt + index * FRAME_SAMPLES,
    heardAt: heardAt + index * FRAME_SAMPLES,
  }));
}

function snrDb(reference: Float32Array, heard: Float32Array, frame: Place): number {
  let noise = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const said = reference[frame.referenceAt + index] ?? 0;
    noise += (said - (heard[frame.heardAt + index] ?? 0)) ** 2;
  }
  const signal = power(reference, frame.referenceAt, FRAME_SAMPLES) * FRAME_SAMPLES;
  const [least, most] = SNR_LIMITS_DB;
  return Math.min(most, Math.max(least, decibels(signal / Math.max(noise, 1e-12))));
}

function spectralDistanceDb(reference: Float32Array, heard: Float32Array, frame: Place): number {
  const said = spectrumAt(reference, frame.referenceAt);
  const got = spectrumAt(heard, frame.heardAt);
  let sum = 0;
  for (let bin = FIRST_BIN; bin <= LAST_BIN; bin++) {
    sum += (level(said[bin]) - level(got[bin])) ** 2;
  }
  return Math.sqrt(sum / (LAST_BIN - FIRST_BIN + 1));
}

function spectrumAt(samples: Float32Array, at: number): Float64Array {
  const window = new Float32Array(SPECTRUM_SAMPLES);
  window.set(samples.subarray(Math.max(0, at), Math.max(0, at) + SPECTRUM_SAMPLES));
  return powerSpectrum(window);
}

/** With a floor at about -80 dBFS: silence is not infinitely far from anything. */
function level(powerOfBin = 0): number {
  return decibels(powerOfBin + 1e-5);
}

/** Where each begins in what was said. */
function findDropouts(
  reference: Float32Array,
  heard: Float32Array,
  matches: readonly Match[],
): readonly number[] {
  const dropouts: number[] = [];
  let wasSilent = false;
  for (const { referenceAt, heardAt, length } of matches) {
    for (let at = 0; at + DROPOUT_SAMPLES <= length; at += DROPOUT_SAMPLES) {
      const said = power(reference, referenceAt + at, DROPOUT_SAMPLES);
      const got = power(heard, heardAt + at, DROPOUT_SAMPLES);
      const isSilent = said > ACTIVE_POWER && decibels(said / Math.max(got, 1e-12)) > DROPOUT_DB;
      if (isSilent && !wasSilent) dropouts.push(referenceAt + at);
      wasSilent = isSilent;
    }
  }
  return dropouts;
}

function countClicks(reference: Float32Array, heard: Float32Array, match: Match): number {
  let clicks = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let index = 1; index < match.length; index++) {
    const step = stepAt(heard, match.heardAt + index);
    if (step < CLICK_STEP || index - last < CLICK_SPACING) continue;
    if (step <= largestStep(reference, match.referenceAt + index) + CLICK_STEP) continue;
    clicks += 1;
    last = index;
  }
  return clicks;
}

function largestStep(samples: Float32Array, around: number): number {
  let most = 0;
  for (let at = around - CLICK_REACH; at <= around + CLICK_REACH; at++) {
    most = Math.max(most, stepAt(samples, at));
  }
  return most;
}

function stepAt(samples: Float32Array, at: number): number {
  return Math.abs((samples[at] ?? 0) - (samples[at - 1] ?? 0));
}

function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
