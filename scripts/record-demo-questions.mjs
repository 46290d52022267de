// Records what the caller of `npm run demo` says: assets/demo/*.wav, spoken by a built-in voice that is not the agent's.
//
//   node scripts/run.mjs scripts/record-demo-questions.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import nodeWav from 'node-wav';
import { levelDbfs } from '../src/audio/level.ts';
import { FliteTts } from '../src/providers/flite/flite-tts.ts';

const FOLDER = 'assets/demo';
const VOICE = 'rms';
const TELEPHONE_HZ = 8_000;
const LEVEL_DBFS = -20;
const EDGE_DBFS = -45;
const PACKET_SAMPLES = TELEPHONE_HZ / 50;

/** No commas and full stops inside: a pause would end the caller's turn. */
const CLIPS = {
  'question-1': 'Hello there what can you do for me?',
  'question-2': 'Please tell me how a telephone works.',
  interruption: 'Wait one more thing are you a robot?',
};

async function main() {
  const flite = new FliteTts(1);
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(CLIPS)) {
    const spoken = await speak(flite, text);
    const clip = atLevel(withoutQuietEnds(toTelephone(spoken.samples, spoken.sampleRateHz)));
    const channel = Float32Array.from(clip, (sample) => sample / 32_768);
    const wav = nodeWav.encode([channel], { sampleRate: TELEPHONE_HZ, float: false, bitDepth: 16 });
    writeFileSync(`${FOLDER}/${name}.wav`, wav);
    const seconds = (clip.length / TELEPHONE_HZ).toFixed(2);
    console.log(`${name}.wav  ${seconds} s  ${levelDbfs(clip).toFixed(1)} dBFS  "${text}"`);
  }
  await flite.close();
}

async function speak(flite, text) {
  const request = { text, voice: VOICE, language: 'en-US' };
  const frames = await Array.fromAsync(flite.synthesize(request, new AbortController().signal));
  const samples = Int16Array.from(frames.flatMap((frame) => [...frame.samples]));
  return { samples, sampleRateHz: frames[0].sampleRateHz };
}

/** Low-pass at 3.6 kHz (windowed sinc), then every n-th sample. */
function toTelephone(samples, sampleRateHz) {
  const step = sampleRateHz / TELEPHONE_HZ;
  if (!Number.isInteger(step)) throw new Error(`cannot make 8 kHz of ${sampleRateHz} Hz`);
  const kernel = lowPass(3_600 / sampleRateHz, 64 * step);
  return Int16Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    const first = index * step - (kernel.length >> 1);
    return kernel.reduce((sum, weight, at) => sum + weight * (samples[first + at] ?? 0), 0);
  });
}

function lowPass(cutoff, taps) {
  const weights = Array.from({ length: taps + 1 }, (_, index) => {
    const x = index - taps / 2;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / taps));
  });
  const gain = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / gain);
}

/** Begins and ends with a packet that carries speech: its times are those of the speech. */
function withoutQuietEnds(samples) {
  const isLoud = (packet) =>
    levelDbfs(samples.subarray(packet * PACKET_SAMPLES, (packet + 1) * PACKET_SAMPLES)) > EDGE_DBFS;
  const packets = Array.from({ length: Math.ceil(samples.length / PACKET_SAMPLES) }, (_, at) => at);
  const first = packets.find(isLoud) ?? 0;
  const last = packets.findLast(isLoud) ?? 0;
  return samples.slice(first * PACKET_SAMPLES, (last + 1) * PACKET_SAMPLES);
}

function atLevel(samples) {
  const gain = 10 ** ((LEVEL_DBFS - levelDbfs(samples)) / 20);
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain))));
}

process.exitCode = await main().then(
  () => 0,
  (error) => {
    console.error(error);
    return 1;
  },
);
