import type { WASI } from 'node:wasi';
import type { FliteJob, FliteResult } from './flite-job.ts';
import { type FileCalls, MemoryFile } from './memory-file.ts';
import { instantiateWasm, type WasmModule } from './web-assembly.ts';

const OUTPUT_PATH = '/speech.wav';
const WAV_HEADER_BYTES = 44;
const SAMPLE_RATE_OFFSET = 24;
/** Flite begins with 150 to 270 ms of silence, which the caller would have to wait through. */
const SILENCE_AMPLITUDE = 100;
const LEAD_MS = 20;

/** Speaks one text: a command-line run of Flite in an instance of its own. */
export async function runFlite(
  module: WasmModule,
  Wasi: typeof WASI,
  job: FliteJob,
): Promise<FliteResult> {
  const wasi = new Wasi({ version: 'preview1', args: argumentsOf(job), returnOnExit: true });
  const file = new MemoryFile();
  const host = { ...wasi.wasiImport } as unknown as FileCalls;
  const instance = await instantiateWasm(module, {
    wasi_snapshot_preview1: { ...wasi.wasiImport, ...file.calls(host) },
  });
  file.attach(instance.exports.memory);
  const exitCode = wasi.start(instance);
  const wav = file.content();
  if (exitCode !== 0 || wav.length < WAV_HEADER_BYTES) return { ok: false, exitCode };
  return readWav(wav);
}

function argumentsOf(job: FliteJob): string[] {
  const stretch = ['--setf', `duration_stretch=${(1 / job.speed).toFixed(3)}`];
  return ['flite', '-voice', job.voice, ...stretch, '-t', job.text, '-o', OUTPUT_PATH];
}

/** Flite's header is always the same 44 bytes: 16-bit mono, only the rate differs. */
function readWav(wav: Uint8Array): FliteResult {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  const sampleRateHz = view.getUint32(SAMPLE_RATE_OFFSET, true);
  const samples = new Int16Array((wav.length - WAV_HEADER_BYTES) >> 1);
  for (let index = 0; index < samples.length; index++) {
    samples[index] = view.getInt16(WAV_HEADER_BYTES + index * 2, true);
  }
  return { ok: true, samples: withoutLead(samples, sampleRateHz), sampleRateHz };
}

function withoutLead(samples: Int16Array<ArrayBuffer>, sampleRateHz: number) {
  const loud = samples.findIndex((sample) => Math.abs(sample) > SILENCE_AMPLITUDE);
  const leadSamples = (LEAD_MS * sampleRateHz) / 1_000;
  return samples.slice(Math.max(0, loud - leadSamples));
}
