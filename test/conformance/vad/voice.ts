import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const VOWELS_HZ = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [570, 840, 2410],
  [530, 1840, 2480],
  [300, 870, 2240],
] as const;

/** Speech-like sound with pauses, in noise that grows: glottal pulses of a gliding pitch through moving formants. */
export function syntheticSpeech(sampleRateHz: number): Float32Array {
  const seconds = 8;
  const random = pseudoRandom(1);
  const samples = new Float32Array(seconds * sampleRateHz);
  const formants = [resonator(sampleRateHz), resonator(sampleRateHz), resonator(sampleRateHz)];
  let phase = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const t = i / sampleRateHz;
    phase += (125 + 20 * Math.sin(2 * Math.PI * 1.3 * t)) / sampleRateHz;
    let pulse = 0.02 * random();
    if (phase >= 1) {
      phase -= 1;
      pulse += 1;
    }
    const voice = formants.reduce(
      (sum, pass, f) => sum + pass(pulse, formantHz(t, f), 80 + 40 * f),
      0,
    );
    const speaking = t % 1.6 > 0.5 ? 1 : 0;
    samples[i] = 2 * voice * speaking + 0.0005 * (1 + t) * random();
  }
  return samples;
}

function formantHz(t: number, formant: number): number {
  const turn = Math.floor(t / 0.16);
  const from = VOWELS_HZ[turn % VOWELS_HZ.length]?.[formant] ?? 0;
  const to = VOWELS_HZ[(turn + 1) % VOWELS_HZ.length]?.[formant] ?? 0;
  return from + (to - from) * (t / 0.16 - turn);
}

function resonator(sampleRateHz: number) {
  let before = 0;
  let beforeThat = 0;
  return (input: number, frequencyHz: number, bandwidthHz: number): number => {
    const radius = Math.exp((-Math.PI * bandwidthHz) / sampleRateHz);
    const turn = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
    const output = input * (1 - radius) + turn * before - radius * radius * beforeThat;
    beforeThat = before;
    before = output;
    return output;
  };
}

function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** What this machine has of real or synthetic speech; each by its name. */
export function installedSpeech(sampleRateHz: number): ReadonlyMap<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  const prompt = '/usr/share/asterisk/sounds/en_US_f_Allison/vm-intro.wav';
  if (existsSync(prompt))
    found.set('a recorded prompt', readWav(readFileSync(prompt), sampleRateHz));
  const espeak = ['/usr/bin', '/usr/local/bin']
    .map((folder) => join(folder, 'espeak-ng'))
    .find((path) => existsSync(path));
  if (espeak !== undefined) {
    const text = 'Hello. Please call me back at five five five, two three six eight. Thank you!';
    found.set('espeak-ng', readWav(execFileSync(espeak, ['--stdout', text]), sampleRateHz));
  }
  return found;
}

/** 16-bit mono WAV with its data at the usual place, resampled by straight lines. */
function readWav(bytes: Buffer, sampleRateHz: number): Float32Array {
  const data = bytes.subarray(bytes.indexOf('data') + 8);
  const sample = (i: number) => (2 * i + 2 <= data.length ? data.readInt16LE(2 * i) / 32768 : 0);
  const step = bytes.readUInt32LE(24) / sampleRateHz;
  return Float32Array.from({ length: Math.floor(data.length / 2 / step) }, (_, i) => {
    const at = Math.floor(i * step);
    return sample(at) + (sample(at + 1) - sample(at)) * (i * step - at);
  });
}
