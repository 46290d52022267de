import { EventEmitter, once } from 'node:events';
import type { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import type { SpeechToText, SttStream, SttTranscript } from '../../../src/voice/ports.ts';
import { tone } from './level-watch.ts';

/** A caller before a recogniser: speaks as fast as it can, and keeps what comes back. */
export class SttProbe {
  readonly interims: string[] = [];
  readonly transcripts: SttTranscript[] = [];
  readonly errors: TrunklineError[] = [];
  readonly #stream: SttStream;
  readonly #events = new EventEmitter();
  readonly #sampleRateHz: 8_000 | 16_000;
  #atMs = 0;

  constructor(stt: SpeechToText, language?: string, sampleRateHz: 8_000 | 16_000 = 8_000) {
    this.#sampleRateHz = sampleRateHz;
    this.#stream = stt.open(
      { sampleRateHz, ...(language === undefined ? {} : { language }) },
      {
        onInterim: ({ text }) => {
          this.interims.push(text);
        },
        onFinal: (transcript) => {
          this.transcripts.push(transcript);
          this.#events.emit('changed');
        },
        onError: (error) => {
          this.errors.push(error);
          this.#events.emit('changed');
        },
      },
    );
  }

  /** Speech with the VAD's hints around it. Returns what was said. */
  say(durationMs: number): Int16Array {
    const speech = this.begin(durationMs);
    this.end();
    return speech;
  }

  /** Speech whose end the VAD has not heard yet. */
  begin(durationMs: number): Int16Array {
    this.#stream.speechStarted(monotonicMs(this.#atMs));
    const speech = tone(durationMs, this.#sampleRateHz);
    this.#write(speech);
    return speech;
  }

  end(): void {
    this.#stream.speechEnded(monotonicMs(this.#atMs));
  }

  hush(durationMs: number): void {
    this.#write(new Int16Array((durationMs * this.#sampleRateHz) / 1_000));
  }

  /** The texts of the finals, once there are so many. */
  async finals(count: number): Promise<readonly string[]> {
    while (this.transcripts.length < count && this.errors.length === 0) {
      await once(this.#events, 'changed');
    }
    return this.transcripts.map((transcript) => transcript.text);
  }

  async error(): Promise<TrunklineError | undefined> {
    if (this.errors.length === 0) await once(this.#events, 'changed');
    return this.errors[0];
  }

  close(): void {
    this.#stream.close();
  }

  /** Frame by frame from one buffer, as the media engine does. */
  #write(samples: Int16Array): void {
    const frame = new Int16Array(this.#sampleRateHz / 50);
    for (let at = 0; at < samples.length; at += frame.length) {
      const part = samples.subarray(at, at + frame.length);
      frame.set(part);
      this.#stream.write(frame.subarray(0, part.length));
      this.#atMs += (part.length * 1_000) / this.#sampleRateHz;
    }
  }
}
