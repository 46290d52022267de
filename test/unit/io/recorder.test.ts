import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrunklineError } from '../../../src/core/errors.ts';
import { Recorder, recoverRecordings } from '../../../src/io/recorder.ts';
import { RecordingConverter } from '../../../src/io/recording-converter.ts';

const WAV_HEADER_BYTES = 44;

let directory: string;
let converter: RecordingConverter;
let errors: TrunklineError[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trunkline-recorder-'));
  converter = new RecordingConverter();
  errors = [];
});

afterEach(async () => {
  await converter.close();
  await rm(directory, { recursive: true });
});

function recorder(into = directory): Recorder {
  const onError = (error: TrunklineError) => errors.push(error);
  return new Recorder({ directory: into, callId: 'call-1', converter, onError });
}

/** The left and right samples of a 16-bit stereo WAV. */
function samplesOf(wav: Buffer): { left: number[]; right: number[] } {
  const left: number[] = [];
  const right: number[] = [];
  for (let at = WAV_HEADER_BYTES; at < wav.length; at += 4) {
    left.push(wav.readInt16LE(at));
    right.push(wav.readInt16LE(at + 2));
  }
  return { left, right };
}

describe('a recording', () => {
  test('has the caller left and the agent right, bit by bit, at 8 kHz and 16 bit', async () => {
    const every = Int16Array.from({ length: 65_536 }, (_, at) => at - 32_768);
    const reversed = every.toReversed();
    const recording = recorder();
    for (let at = 0; at < every.length; at += 160) {
      recording.append(every.subarray(at, at + 160), reversed.subarray(at, at + 160));
    }

    const path = await recording.close();

    expect(path).toBe(join(directory, 'call-1.wav'));
    const wav = await readFile(path ?? '');
    expect(wav.subarray(8, 12).toString()).toBe('WAVE');
    expect([wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)]).toEqual([
      2, 8_000, 16,
    ]);
    const { left, right } = samplesOf(wav);
    expect(Int16Array.from(left)).toEqual(every);
    expect(Int16Array.from(right)).toEqual(reversed);
    expect(await readdir(directory)).toEqual(['call-1.wav']);
  });

  test('copies: the frame may be reused at once', async () => {
    const recording = recorder();
    const frame = Int16Array.of(7, 7);
    recording.append(frame, frame);
    frame.fill(0);

    const { left } = samplesOf(await readFile((await recording.close()) ?? ''));

    expect(left).toEqual([7, 7]);
  });

  test('without audio is none', async () => {
    const path = await recorder().close();

    expect(path).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  test('closes once, whoever asks', async () => {
    const recording = recorder();
    recording.append(Int16Array.of(1), Int16Array.of(2));

    const [first, second] = await Promise.all([recording.close(), recording.close()]);

    expect(first).toBe(second);
    expect(errors).toEqual([]);
  });

  test('that the disk refuses is reported once, and never throws', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, '');
    const recording = recorder(join(file, 'recordings'));
    for (let n = 0; n < 300; n += 1) recording.append(new Int16Array(160), new Int16Array(160));

    expect(await recording.close()).toBeUndefined();
    expect(errors.map((error) => error.code)).toEqual(['store-unavailable']);
  });

  test('that cannot be converted keeps its part for the next start', async () => {
    // The name of the WAV file is taken by a folder.
    await mkdir(join(directory, 'call-1.wav', 'x'), { recursive: true });
    const recording = recorder();
    recording.append(Int16Array.of(1), Int16Array.of(2));

    expect(await recording.close()).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(await readdir(directory)).toContain('call-1.pcm.part');
  });
});

describe('after a crash', () => {
  test('what was written becomes a recording, a half-written pair is dropped', async () => {
    const pcm = Buffer.from(Int16Array.of(1, -1, 2, -2, 3).buffer);
    await writeFile(join(directory, 'call-9.pcm.part'), pcm);
    await writeFile(join(directory, 'call-8.wav'), 'older');

    expect(await recoverRecordings(directory, converter)).toEqual(['call-9']);

    const { left, right } = samplesOf(await readFile(join(directory, 'call-9.wav')));
    expect([left, right]).toEqual([
      [1, 2],
      [-1, -2],
    ]);
    expect((await readdir(directory)).sort()).toEqual(['call-8.wav', 'call-9.wav']);
  });

  test('one part that cannot be read does not keep the others', async () => {
    await mkdir(join(directory, 'call-1.pcm.part'));
    await writeFile(join(directory, 'call-2.pcm.part'), Buffer.alloc(8));

    expect(await recoverRecordings(directory, converter)).toEqual(['call-2']);
  });

  test('a directory that is not there yet is made', async () => {
    expect(await recoverRecordings(join(directory, 'new'), converter)).toEqual([]);
  });
});

describe('the recording thread', () => {
  test('that is closed fails what it has not converted, and starts again when asked', async () => {
    const part = join(directory, 'call-3.pcm.part');
    await writeFile(part, Buffer.alloc(8));
    const conversion = converter.convert(part, join(directory, 'call-3.wav'));
    await Promise.all([
      expect(conversion).rejects.toThrow('the recording thread ended'),
      converter.close(),
    ]);

    expect(await recoverRecordings(directory, converter)).toEqual(['call-3']);
  });
});
