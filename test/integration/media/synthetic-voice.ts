import { encodeMuLaw } from './mu-law.ts';

const SAMPLE_RATE_HZ = 8_000;
const VOWEL_SAMPLES = 1_280;

/** Formants of five vowels. */
const VOWELS_HZ = [
  [730, 1_090, 2_440],
  [270, 2_290, 3_010],
  [570, 840, 2_410],
  [530, 1_840, 2_480],
  [300, 870, 2_240],
] as const;

/** Two poles at one formant. */
class Formant {
  #last = 0;
  #beforeLast = 0;

  pass(input: number, frequencyHz: number): number {
    const radius = Math.exp((-Math.PI * 80) / SAMPLE_RATE_HZ);
    const turn = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
    const output = input + turn * this.#last - radius * radius * this.#beforeLast;
    this.#beforeLast = this.#last;
    this.#last = output;
    return output;
  }
}

/** Vowels on a gliding pitch: what a voice detector takes for speech. */
export function voice(durationMs: number): Int16Array {
  const formants = [new Formant(), new Formant(), new Formant()];
  const wave = new Float64Array(durationMs * 8);
  let phase = 0;
  for (let index = 0; index < wave.length; index++) {
    phase += (125 + 25 * Math.sin(index / 2_000)) / SAMPLE_RATE_HZ;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const vowel = VOWELS_HZ[Math.floor(index / VOWEL_SAMPLES) % VOWELS_HZ.length] ?? VOWELS_HZ[0];
    let sample = pulse;
    formants.forEach((formant, nth) => {
      sample = formant.pass(sample, vowel[nth] ?? 0) * 0.2;
    });
    wave[index] = sample;
  }
  const loudest = wave.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return Int16Array.from(wave, (sample) => Math.round((sample / loudest) * 20_000));
}

/** Mu-law payloads of 20 ms. */
export function payloads(samples: Int16Array): Uint8Array[] {
  const codes = encodeMuLaw(samples);
  return Array.from({ length: Math.floor(codes.length / 160) }, (_, index) =>
    codes.subarray(index * 160, (index + 1) * 160),
  );
}
