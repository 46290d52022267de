import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RecordingFormat, Recordings } from '../../../src/io/recordings.ts';
import { canDecodeMp3, decodeMp3, readMp3Frames } from '../../support/mp3.ts';
import { stereoWav } from '../../support/wav.ts';

let directory: string;
const opened: Recordings[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trunkline-recordings-'));
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await rm(directory, { recursive: true });
});

function recordings(format?: RecordingFormat): Recordings {
  const made = new Recordings({ directory, ...(format !== undefined && { format }) });
  opened.push(made);
  return made;
}

interface Tones {
  readonly seconds: number;
  readonly sampleRateHz?: number;
}

/** 440 Hz left in the even seconds, 1 kHz right in the odd ones. */
function tones({ seconds, sampleRateHz = 8_000 }: Tones): Buffer {
  const samples = new Int16Array(2 * seconds * sampleRateHz);
  for (let at = 0; at < samples.length / 2; at += 1) {
    const isOdd = Math.floor(at / sampleRateHz) % 2;
    const hz = isOdd ? 1_000 : 440;
    samples[2 * at + isOdd] = 9_000 * Math.sin((2 * Math.PI * hz * at) / sampleRateHz);
  }
  return stereoWav(samples, sampleRateHz);
}

function levelOf(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
}

async function written(all: Recordings, callId: string, wav: Buffer): Promise<string> {
  const { partPath } = all.of(callId);
  await writeFile(partPath, wav);
  return partPath;
}

describe('a finished recording', () => {
  test.each([8_000, 16_000])(
    'at %i Hz is a stereo MP3 of the same length, and nothing else',
    async (sampleRateHz) => {
      const all = recordings();
      await written(all, 'call-1', tones({ seconds: 6, sampleRateHz }));
      const { path, finish } = all.of('call-1');
      await finish(6_000);

      expect(await readdir(directory)).toEqual(['call-1.mp3']);
      const mp3 = readMp3Frames(await readFile(path));
      expect(mp3).toMatchObject({ sampleRateHz, channels: 2 });
      expect(mp3.durationMs).toBeGreaterThanOrEqual(6_000);
      expect(mp3.durationMs).toBeLessThan(6_300);
    },
  );

  test.skipIf(!canDecodeMp3())(
    'keeps the directions apart, as an independent decoder hears it',
    async () => {
      const all = recordings();
      await written(all, 'call-1', tones({ seconds: 4 }));
      const { path, finish } = all.of('call-1');
      await finish(4_000);

      const { left, right } = decodeMp3(path, 8_000);
      // Away from the edges: an MP3 codec is some 200 ms late.
      const middleOf = (second: number) => [second * 8_000 + 3_000, (second + 1) * 8_000 - 1_000];
      for (const [second, heard, silent] of [
        [0, left, right],
        [1, right, left],
        [2, left, right],
      ] as const) {
        const [from = 0, to = 0] = middleOf(second);
        expect(levelOf(heard.subarray(from, to))).toBeGreaterThan(5_500);
        expect(levelOf(silent.subarray(from, to))).toBeLessThan(60);
      }
    },
  );

  test('is the WAV as it is, where that is wanted', async () => {
    const all = recordings('wav');
    const wav = tones({ seconds: 1 });
    await written(all, 'call-1', wav);
    const { path, finish } = all.of('call-1');
    await finish(1_000);

    expect(path).toBe(join(directory, 'call-1.wav'));
    expect(await readFile(path)).toEqual(wav);
    expect(await readdir(directory)).toEqual(['call-1.wav']);
  });

  test('is both, where that is wanted', async () => {
    const all = recordings('both');
    await written(all, 'call-1', tones({ seconds: 1 }));
    await all.of('call-1').finish(1_000);

    expect(all.of('call-1').path).toBe(join(directory, 'call-1.mp3'));
    expect((await readdir(directory)).sort()).toEqual(['call-1.mp3', 'call-1.wav']);
  });

  test('can be read by the owner of the process only', async () => {
    const all = recordings();
    await written(all, 'call-1', tones({ seconds: 1 }));
    await all.of('call-1').finish(1_000);

    expect((await stat(all.of('call-1').path)).mode & 0o777).toBe(0o600);
  });

  test('without audio is none', async () => {
    const all = recordings();
    await written(all, 'call-1', tones({ seconds: 0 }));
    await all.of('call-1').finish(0);

    expect(await readdir(directory)).toEqual([]);
  });

  test('that cannot be made keeps its part', async () => {
    await mkdir(join(directory, 'call-1.mp3', 'x'), { recursive: true });
    const all = recordings();
    await written(all, 'call-1', tones({ seconds: 1 }));

    await expect(all.of('call-1').finish(1_000)).rejects.toThrow('call-1.mp3');
    expect((await readdir(directory)).sort()).toEqual(['call-1.mp3', 'call-1.part.wav']);
  });
});

describe('after a crash', () => {
  test('what is left of a call is known before it is finished, with its length', async () => {
    const all = recordings();
    await written(all, 'call-1', tones({ seconds: 2 }));
    // The process was killed between the audio and its header.
    await written(all, 'call-2', Buffer.concat([tones({ seconds: 1 }), Buffer.alloc(4_321)]));
    await written(all, 'call-3', tones({ seconds: 0 }));
    await writeFile(join(directory, 'call-4.mp3'), 'finished');

    const path = (callId: string) => join(directory, `${callId}.mp3`);
    expect(all.find('call-1')).toEqual({ path: path('call-1'), durationMs: 2_000 });
    expect(all.find('call-2')).toEqual({ path: path('call-2'), durationMs: 1_000 });
    expect(all.find('call-3')).toBeUndefined();
    expect(all.find('call-4')).toEqual({ path: path('call-4') });
    expect(all.find('call-5')).toBeUndefined();
  });

  test('parts become recordings, however many', async () => {
    const all = recordings();
    const callIds = Array.from({ length: 12 }, (_, at) => `call-${at}`);
    for (const callId of callIds) await written(all, callId, tones({ seconds: 1 }));

    expect((await all.open()).toSorted()).toEqual(callIds.toSorted());
    expect(await all.recover(callIds)).toEqual(callIds);
    expect((await readdir(directory)).sort()).toEqual(callIds.map((id) => `${id}.mp3`).sort());
  });

  test('one part that is no recording does not keep the others', async () => {
    const all = recordings();
    await written(
      all,
      'call-1',
      Buffer.from('nothing of the kind, though it is long enough for it'),
    );
    await written(all, 'call-2', tones({ seconds: 1 }));

    expect(await all.recover(['call-1', 'call-2'])).toEqual(['call-2']);
    expect((await readdir(directory)).sort()).toEqual(['call-1.part.wav', 'call-2.mp3']);
  });

  test('the folder is made when it is not there', async () => {
    const all = new Recordings({ directory: join(directory, 'new') });

    expect(await all.open()).toEqual([]);
  });
});

test('a thread that is closed fails what it has not converted; the next start makes it', async () => {
  const all = recordings();
  await written(all, 'call-3', tones({ seconds: 30 }));
  const conversion = all.of('call-3').finish(30_000);
  await Promise.all([
    expect(conversion).rejects.toThrow('the recording thread ended'),
    all.close(),
  ]);

  const again = recordings();
  expect(await again.recover(await again.open())).toEqual(['call-3']);
  expect(await readdir(directory)).toContain('call-3.mp3');
});
