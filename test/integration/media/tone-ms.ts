/** How long most of the signal is that tone, and loud. */
export function toneMs(samples: Int16Array, rateHz: number, frequencyHz: number): number {
  const window = rateHz / 100;
  let heardMs = 0;
  for (let begin = 0; begin + window <= samples.length; begin += window) {
    const part = samples.subarray(begin, begin + window);
    if (toneShare(part, rateHz, frequencyHz) > 0.8 && rms(part) > 2_000) heardMs += 10;
  }
  return heardMs;
}

function toneShare(samples: Int16Array, rateHz: number, frequencyHz: number): number {
  let real = 0;
  let imaginary = 0;
  samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * frequencyHz * index) / rateHz;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return power === 0 ? 0 : (2 * (real * real + imaginary * imaginary)) / (samples.length * power);
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
