import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TrunklineError } from '../core/errors.ts';
import { invariant } from '../core/invariant.ts';
import type { CallRecorder } from './call-audio.ts';
import type { RecordingConverter } from './recording-converter.ts';

/** A second of both channels at 8 kHz. */
const CHUNK_SAMPLES = 2 * 8_000;
/** A disk that is this many seconds behind has failed. */
const MAX_CHUNKS_WAITING = 30;
const PART_SUFFIX = '.pcm.part';

export interface RecorderOptions {
  readonly directory: string;
  /** Names the file: letters, digits, `-` and `_`. */
  readonly callId: string;
  readonly converter: RecordingConverter;
  /** The recording is lost or cut short; reported once. */
  readonly onError: (error: TrunklineError) => void;
}

/**
 * Records a call: caller left, agent right, 8 kHz, 16 bit. About each second is appended to `<callId>.pcm.part`; at the end
 * the part becomes `<callId>.wav`. After a crash {@link recoverRecordings} does that.
 */
export class Recorder implements CallRecorder {
  readonly #options: RecorderOptions;
  #chunk = new Int16Array(CHUNK_SAMPLES);
  #filled = 0;
  #chunksWaiting = 0;
  #hasAudio = false;
  #hasFailed = false;
  #file: FileHandle | undefined;
  /** Writes follow each other. */
  #written: Promise<void>;
  #closed: Promise<string | undefined> | undefined;

  constructor(options: RecorderOptions) {
    invariant(/^[\w-]+$/.test(options.callId), 'a call id is a file name');
    this.#options = options;
    this.#written = this.#attempt(() => this.#openPart());
  }

  append(received: Int16Array, sent: Int16Array): void {
    if (this.#hasFailed || this.#closed !== undefined) return;
    const length = Math.max(received.length, sent.length);
    for (let at = 0; at < length; at += 1) {
      this.#chunk[this.#filled] = received[at] ?? 0;
      this.#chunk[this.#filled + 1] = sent[at] ?? 0;
      this.#filled += 2;
      if (this.#filled === CHUNK_SAMPLES) this.#flush();
    }
  }

  close(): Promise<string | undefined> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  #flush(): void {
    const chunk = this.#chunk.subarray(0, this.#filled);
    this.#chunk = new Int16Array(CHUNK_SAMPLES);
    this.#filled = 0;
    this.#hasAudio = true;
    if (this.#chunksWaiting >= MAX_CHUNKS_WAITING) {
      this.#fail(new Error('the disk does not keep up'));
      return;
    }
    this.#chunksWaiting += 1;
    this.#written = this.#written
      .then(() => this.#attempt(() => this.#write(chunk)))
      .finally(() => {
        this.#chunksWaiting -= 1;
      });
  }

  async #openPart(): Promise<void> {
    const { directory, callId } = this.#options;
    await mkdir(directory, { recursive: true });
    this.#file = await open(partPathOf(directory, callId), 'w');
  }

  async #write(chunk: Int16Array): Promise<void> {
    // What there is has no gap.
    if (this.#hasFailed) return;
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; ) {
      const result = await this.#file?.write(bytes, at);
      invariant(result !== undefined && result.bytesWritten > 0, 'a write makes progress');
      at += result.bytesWritten;
    }
  }

  async #finish(): Promise<string | undefined> {
    if (this.#filled > 0) this.#flush();
    await this.#written;
    await this.#attempt(async () => this.#file?.close());
    if (!this.#file) return undefined;

    const { directory, callId } = this.#options;
    const partPath = partPathOf(directory, callId);
    if (!this.#hasAudio) {
      await this.#attempt(() => rm(partPath));
      return undefined;
    }
    return this.#convert(partPath, wavPathOf(directory, callId));
  }

  async #convert(partPath: string, wavPath: string): Promise<string | undefined> {
    try {
      await this.#options.converter.convert(partPath, wavPath);
      return wavPath;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onError(
      new TrunklineError('store-unavailable', `recording: ${String(cause)}`, { cause }),
    );
  }
}

/** Finishes what a crash left in `directory`. Resolves with the call ids of the recordings that are now complete. */
export async function recoverRecordings(
  directory: string,
  converter: RecordingConverter,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const names = await readdir(directory);
  const callIds = names
    .filter((name) => name.endsWith(PART_SUFFIX))
    .map((name) => name.slice(0, -PART_SUFFIX.length));
  const done = await Promise.allSettled(
    callIds.map((callId) =>
      converter.convert(partPathOf(directory, callId), wavPathOf(directory, callId)),
    ),
  );
  return callIds.filter((_, at) => done[at]?.status === 'fulfilled');
}

/** The finished recording of a call. */
export function findRecording(directory: string, callId: string): string | undefined {
  const path = wavPathOf(directory, callId);
  return existsSync(path) ? path : undefined;
}

function partPathOf(directory: string, callId: string): string {
  return join(directory, `${callId}${PART_SUFFIX}`);
}

function wavPathOf(directory: string, callId: string): string {
  return join(directory, `${callId}.wav`);
}
