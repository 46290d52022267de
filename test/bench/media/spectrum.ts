/** Power of each bin from 0 to half the rate, of as many samples as a power of two, through a Hann window. */
export function powerSpectrum(samples: Float32Array): Float64Array {
  const size = samples.length;
  const real = Float64Array.from(samples, (sample, index) => {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size);
    return sample * hann;
  });
  const imaginary = new Float64Array(size);
  transform(real, imaginary);
  return Float64Array.from(
    { length: size / 2 + 1 },
    (_, bin) => (real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2,
  );
}

/** Fourier, in place (Cooley and Tukey). */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let index = 1, mirrored = 0; index < size; index++) {
    let bit = size >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) {
      swap(real, index, mirrored);
      swap(imaginary, index, mirrored);
    }
  }
  for (let length = 2; length <= size; length *= 2) {
    for (let begin = 0; begin < size; begin += length) butterfly(real, imaginary, begin, length);
  }
}

function butterfly(
  real: Float64Array,
  imaginary: Float64Array,
  begin: number,
  length: number,
): void {
  const half = length / 2;
  for (let index = 0; index < half; index++) {
    const angle = (-2 * Math.PI * index) / length;
    const upper = begin + index;
    const lower = upper + half;
    const re = real[lower] ?? 0;
    const im = imaginary[lower] ?? 0;
    const turnedRe = re * Math.cos(angle) - im * Math.sin(angle);
    const turnedIm = re * Math.sin(angle) + im * Math.cos(angle);
    real[lower] = (real[upper] ?? 0) - turnedRe;
    imaginary[lower] = (imaginary[upper] ?? 0) - turnedIm;
    real[upper] = (real[upper] ?? 0) + turnedRe;
    imaginary[upper] = (imaginary[upper] ?? 0) + turnedIm;
  }
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a] ?? 0;
  values[a] = values[b] ?? 0;
  values[b] = kept;
}
