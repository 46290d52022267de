import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '../core/invariant.ts';
import { RecordingConverter } from './recording-converter.ts';
import { parseWavHeader, WAV_HEADER_BYTES } from './wav-header.ts';

/** `both` keeps the WAV beside the MP3. */
export type RecordingFormat = 'mp3' | 'wav' | 'both';

export interface RecordingsOptions {
  readonly directory: string;
  readonly format?: RecordingFormat;
}

/** The recording of one call. */
export interface CallRecording {
  /** Where the media engine is to write it. */
  readonly partPath: string;
  /** Where it is found in the end. */
  readonly path: string;
  /** Makes the one of the other. Rejects, with the part kept, when that fails. */
  finish(durationMs: number): Promise<void>;
}

/** What an earlier run left of a call. */
export interface LeftRecording {
  readonly path: string;
  /** Undefined when it was finished. */
  readonly durationMs?: number;
}

const PART_SUFFIX = '.part.wav';

/**
 * The folder of the recordings. The media engine writes `<callId>.part.wav`, which can be played at every moment; when the call is over
 * it becomes `<callId>.mp3`, `<callId>.wav` or both. After a crash {@link recover} does that.
 */
export class Recordings {
  readonly #directory: string;
  readonly #format: RecordingFormat;
  readonly #converter = new RecordingConverter();

  constructor({ directory, format = 'mp3' }: RecordingsOptions) {
    this.#directory = directory;
    this.#format = format;
  }

  /** Makes the folder. Resolves with the calls whose recordings an earlier run left as parts. */
  async open(): Promise<readonly string[]> {
    await mkdir(this.#directory, { recursive: true });
    const names = await readdir(this.#directory);
    return names
      .filter((name) => name.endsWith(PART_SUFFIX))
      .map((name) => name.slice(0, -PART_SUFFIX.length));
  }

  of(callId: string): CallRecording {
    invariant(/^[\w-]+$/.test(callId), 'a call id is a file name');
    const partPath = join(this.#directory, `${callId}${PART_SUFFIX}`);
    const wavPath = join(this.#directory, `${callId}.wav`);
    const mp3Path = join(this.#directory, `${callId}.mp3`);
    const keptPath = this.#format === 'both' ? { keptPath: wavPath } : {};
    const path = this.#format === 'wav' ? wavPath : mp3Path;
    return {
      partPath,
      path,
      finish: async (durationMs) => {
        if (durationMs === 0) await rm(partPath);
        else if (this.#format === 'wav') await rename(partPath, wavPath);
        else await this.#converter.convert({ wavPath: partPath, mp3Path, ...keptPath });
      },
    };
  }

  /** What there is of a call of an earlier run: finished, or a part that will be. Before {@link recover}. */
  find(callId: string): LeftRecording | undefined {
    const { path, partPath } = this.of(callId);
    if (existsSync(path)) return { path };
    const durationMs = durationOf(partPath);
    return durationMs === undefined || durationMs === 0 ? undefined : { path, durationMs };
  }

  /** Finishes the parts of these calls; resolves with those of which it could. */
  async recover(callIds: readonly string[]): Promise<readonly string[]> {
    const done = await Promise.allSettled(
      callIds.map(async (callId) => {
        const recording = this.of(callId);
        const durationMs = durationOf(recording.partPath);
        invariant(durationMs !== undefined, `${recording.partPath} is no recording`);
        await recording.finish(durationMs);
      }),
    );
    return callIds.filter((_, at) => done[at]?.status === 'fulfilled');
  }

  /** What is being converted stays a part. */
  async close(): Promise<void> {
    await this.#converter.close();
  }
}

/** Undefined when there is no recording there. */
function durationOf(path: string): number | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(WAV_HEADER_BYTES);
    readSync(file, bytes, 0, WAV_HEADER_BYTES, 0);
    const header = parseWavHeader(bytes, fstatSync(file).size);
    return header && (header.frames * 1_000) / header.sampleRateHz;
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
