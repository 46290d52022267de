/** Taps for each output sample: 24 input samples, 1.5 ms of 16 kHz. */
const TAPS = 24;
const HALF = TAPS / 2;
/** Three output samples for two input samples. */
const UP = 3;
const DOWN = 2;
/** Of the input's rate: 7.4 of 16 kHz, so that images above 8.6 kHz are gone. */
const CUTOFF = 0.4625;

/**
 * 16 kHz to 24 kHz for recognisers that take no other wideband rate. Windowed sinc, continuous over calls; what comes out lags by 0.75 ms.
 */
export class Upsampler {
  /** The last {@link TAPS} input samples, oldest first, then what was pushed. */
  #history = new Int16Array(TAPS);
  /** Where the next output sample is, in thirds of an input sample from the newest that was ready. */
  #at = 0;

  push(samples: Int16Array): Int16Array {
    const input = new Int16Array(TAPS + samples.length);
    input.set(this.#history);
    input.set(samples, TAPS);
    const end = samples.length * UP;
    const output = new Int16Array(Math.max(0, Math.ceil((end - this.#at) / DOWN)));
    for (let index = 0; index < output.length; index += 1, this.#at += DOWN) {
      output[index] = convolved(input, Math.floor(this.#at / UP), this.#at % UP);
    }
    this.#at -= end;
    this.#history = input.slice(-TAPS);
    return output;
  }
}

function convolved(input: Int16Array, first: number, phase: number): number {
  const taps = PHASES[phase] ?? [];
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap += 1) sum += (input[first + 1 + tap] ?? 0) * (taps[tap] ?? 0);
  return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
}

/** For each third of an input sample the weights of the samples around it; each set passes a constant as it is. */
const PHASES = Array.from({ length: UP }, (_, phase) => {
  const taps = Float64Array.from({ length: TAPS }, (_tap, index) => {
    const distance = index - (HALF - 1) - phase / UP;
    return sinc(2 * CUTOFF * distance) * hann(distance / HALF);
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / gain);
});

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function hann(x: number): number {
  return Math.abs(x) >= 1 ? 0 : 0.5 + 0.5 * Math.cos(Math.PI * x);
}
