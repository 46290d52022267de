import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const MODELS = join(ROOT, 'node_modules/@ricky0123/vad-web/dist');
const MODEL = join(MODELS, 'silero_vad_v6.onnx');
const HEADER_BYTES = 8 + 4 + 32 + 4;
const TENSORS_PER_RATE = 15;

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-weights-'));
  out = join(folder, 'made', 'weights.bin');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function extract(model: string): { status: number | null; stderr: string } {
  const script = join(ROOT, 'scripts/extract-vad-weights.mjs');
  return spawnSync(process.execPath, [script, model, out], { encoding: 'utf8' });
}

/** Reads a weights file to its end. */
function parse(bytes: Buffer) {
  const tensors = new Map<string, { dims: number[]; data: Buffer }>();
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const name = bytes.toString('ascii', at + 1, nameEnd);
    const rank = bytes.readUInt8(nameEnd);
    const dims = Array.from({ length: rank }, (_, i) => bytes.readUInt32LE(nameEnd + 1 + 4 * i));
    const begin = nameEnd + 1 + 4 * rank;
    at = begin + 4 * dims.reduce((product, dim) => product * dim, 1);
    tensors.set(name, { dims, data: bytes.subarray(begin, at) });
  }
  expect(at).toBe(bytes.length);
  return {
    magic: bytes.toString('ascii', 0, 8),
    version: bytes.readUInt32LE(8),
    sha256: bytes.toString('hex', 12, 44),
    count: bytes.readUInt32LE(44),
    tensors,
  };
}

describe('extract-vad-weights', () => {
  test('writes the tensors of both sample rates behind a header that names the model', () => {
    expect(extract(MODEL)).toMatchObject({ status: 0, stderr: '' });
    const file = parse(readFileSync(out));
    expect(file).toMatchObject({ magic: 'TLSILERO', version: 1, count: 2 * TENSORS_PER_RATE });
    expect(file.sha256).toBe(createHash('sha256').update(readFileSync(MODEL)).digest('hex'));
    expect(file.tensors.size).toBe(file.count);
    expect(file.tensors.get('8000/stft.basis')?.dims).toEqual([130, 1, 128]);
    expect(file.tensors.get('16000/stft.basis')?.dims).toEqual([258, 1, 256]);
    for (const rate of [8000, 16000]) {
      expect(file.tensors.get(`${rate}/lstm.weight_hidden`)?.dims).toEqual([512, 128]);
      expect(file.tensors.get(`${rate}/output.bias`)?.dims).toEqual([1]);
    }
  });

  test('the STFT basis is a windowed cosine: the values are those of the model, in its order', () => {
    extract(MODEL);
    const basis = parse(readFileSync(out)).tensors.get('8000/stft.basis')?.data;
    const bin = 5;
    for (let i = 0; i < 128; i += 1) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 128);
      const expected = window * Math.cos((2 * Math.PI * bin * i) / 128);
      expect(basis?.readFloatLE(4 * (bin * 128 + i))).toBeCloseTo(expected, 4);
    }
  });

  test('the same model gives the same bytes, over an older file', () => {
    extract(MODEL);
    const first = readFileSync(out);
    expect(extract(MODEL).status).toBe(0);
    expect(readFileSync(out).equals(first)).toBe(true);
    expect(readdirSync(join(folder, 'made'))).toEqual(['weights.bin']);
  });

  test('a missing model is an error that names it', () => {
    expect(extract(join(folder, 'none.onnx'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('none.onnx'),
    });
  });

  test.each([
    ['a model of another shape', () => readFileSync(join(MODELS, 'silero_vad_legacy.onnx'))],
    ['half a model', () => readFileSync(MODEL).subarray(0, 1_000_000)],
    ['text', () => Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
    ['nothing', () => Buffer.alloc(0)],
    ['a number without end', () => Buffer.alloc(64, 0xff)],
  ])('%s is refused with one line and nothing is written', (_name, content) => {
    const model = join(folder, 'model.onnx');
    writeFileSync(model, content());
    const { status, stderr } = extract(model);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^extract-vad-weights: .*model\.onnx is not a Silero VAD model: .+\n$/);
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });
});
