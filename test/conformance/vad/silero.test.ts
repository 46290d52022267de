import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReferenceVad } from './reference.ts';
import { installedSpeech, syntheticSpeech } from './voice.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MODEL = join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx');
const BUILD = join(ROOT, 'build/vad');
/** What is left of single precision, which each side rounds in its own order: 1.1e-5 at most was seen. */
const LARGEST_DIFFERENCE = 2e-5;
const COMPILE_MS = 240_000;

let folder: string;
let weights: string;
let reference: ReferenceVad;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-vad-'));
  weights = join(folder, 'weights.bin');
  execFileSync(process.execPath, [join(ROOT, 'scripts/extract-vad-weights.mjs'), MODEL, weights]);
  make(join(BUILD, 'probabilities'));
  reference = await ReferenceVad.load(MODEL);
}, COMPILE_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function make(target: string): string {
  return execFileSync(
    'make',
    ['-s', '-C', join(ROOT, 'native/vad/test'), `OUT=${BUILD}`, `WEIGHTS=${weights}`, target],
    { encoding: 'utf8' },
  );
}

function nativeProbabilities(audio: Float32Array, sampleRateHz: number, kernels: string): number[] {
  const path = join(folder, 'audio.f32');
  writeFileSync(path, new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength));
  const printed = execFileSync(
    join(BUILD, 'probabilities'),
    [weights, path, String(sampleRateHz), kernels],
    { encoding: 'utf8' },
  );
  return printed.trim().split('\n').map(Number);
}

function largestDifference(found: readonly number[], expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...found.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

describe.each([8000, 16000])('the native network at %i Hz', (sampleRateHz) => {
  const synthetic = syntheticSpeech(sampleRateHz);

  test('the synthetic speech moves the probabilities of the reference', async () => {
    const expected = await reference.probabilities(synthetic, sampleRateHz);
    expect(Math.min(...expected)).toBeLessThan(0.1);
    expect(Math.max(...expected)).toBeGreaterThan(0.9);
  });

  test.each(['scalar', 'best'])(
    '%s kernels answer frame by frame what ONNX Runtime answers',
    async (kernels) => {
      const expected = await reference.probabilities(synthetic, sampleRateHz);
      const found = nativeProbabilities(synthetic, sampleRateHz, kernels);
      expect(largestDifference(found, expected)).toBeLessThan(LARGEST_DIFFERENCE);
    },
  );

  test.each([...installedSpeech(sampleRateHz)])(
    'so they do for the speech of %s',
    async (_name, audio) => {
      const expected = await reference.probabilities(audio, sampleRateHz);
      expect(Math.max(...expected)).toBeGreaterThan(0.9);
      for (const kernels of ['scalar', 'best']) {
        const found = nativeProbabilities(audio, sampleRateHz, kernels);
        expect(largestDifference(found, expected)).toBeLessThan(LARGEST_DIFFERENCE);
      }
    },
  );

  test('the end of the frame before is part of the input: without it the answers differ', async () => {
    const without = await reference.probabilities(synthetic, sampleRateHz, 'zeros');
    const found = nativeProbabilities(synthetic, sampleRateHz, 'best');
    expect(largestDifference(found, without)).toBeGreaterThan(2_000 * LARGEST_DIFFERENCE);
  });
});

test(
  'the C++ tests of the network and of the speech detector pass',
  () => {
    const printed = make('check');
    expect(printed).toContain('silero: passed');
    expect(printed).toContain('speech_detector: passed');
  },
  COMPILE_MS,
);
