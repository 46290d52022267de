import { fileURLToPath } from 'node:url';
import { readWav } from '../../../src/cli/demo/wav-file.ts';
import { SeededRandom } from '../../support/random/seeded-random.ts';
import { encodeG711 } from '../../support/rtp/g711-reference.ts';

const RECORDINGS = ['question-1', 'question-2', 'interruption'];
const PACKET_SAMPLES = 160;
const SAMPLE_RATE_HZ = 8_000;
/** A line is never quite still: about -66 dBFS. */
const NOISE_PEAK = 16;
const PAUSES_S = [1.5, 4, 2.5];
const SEED = 7;

/** What callers say over and over, in µ-law and whole packets: recordings with pauses between them, speech for nearly half of the time. */
export async function callerLoop(): Promise<Uint8Array> {
  const random = new SeededRandom(SEED);
  const parts = (await recordings()).flatMap((speech, index) => [
    speech,
    noise((PAUSES_S[index] ?? 0) * SAMPLE_RATE_HZ, random),
  ]);
  const samples = joined(parts);
  const whole = samples.length - (samples.length % PACKET_SAMPLES);
  return encodeG711('PCMU', samples.subarray(0, whole));
}

/** What the agent says, at a synthesiser's rate. */
export async function agentSpeech(durationMs: number, sampleRateHz: number): Promise<Int16Array> {
  const source = joined(await recordings());
  const step = SAMPLE_RATE_HZ / sampleRateHz;
  return Int16Array.from({ length: (durationMs * sampleRateHz) / 1_000 }, (_, index) => {
    const at = index * step;
    const before = source[Math.floor(at) % source.length] ?? 0;
    const after = source[(Math.floor(at) + 1) % source.length] ?? 0;
    return before + (after - before) * (at % 1);
  });
}

async function recordings(): Promise<readonly Int16Array[]> {
  const wavs = RECORDINGS.map((name) =>
    readWav(fileURLToPath(new URL(`../../../assets/demo/${name}.wav`, import.meta.url))),
  );
  return (await Promise.all(wavs)).map(({ channels }) => channels[0] ?? new Int16Array());
}

function noise(samples: number, random: SeededRandom): Int16Array {
  return Int16Array.from({ length: samples }, () => random.below(2 * NOISE_PEAK + 1) - NOISE_PEAK);
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
