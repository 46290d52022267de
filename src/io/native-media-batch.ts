import { monotonicMs } from '../core/time.ts';
import type { MediaAudio, MediaEvent } from '../media/media-engine.ts';
import { decodeMediaEvent, EVENT_ROW_NUMBERS } from './native-media-event.ts';

const AUDIO_ROWS = 256;
const EVENT_ROWS = 64;
const AUDIO_HEAD_NUMBERS = 2;
const SLOT_SAMPLES = 160;

/** One direction each, views that are made once and used for every batch. */
interface AudioRow {
  readonly received: Int16Array;
  readonly sent: Int16Array;
}

/** The buffers in which the native engine hands up what the media threads brought, and how to read them. */
export class NativeMediaBatch {
  readonly audioHeads = new Float64Array(AUDIO_ROWS * AUDIO_HEAD_NUMBERS);
  readonly events = new Float64Array(EVENT_ROWS * EVENT_ROW_NUMBERS);
  #audioSamples = newAudioSamples();
  #audioRows = rowsOf(this.#audioSamples);

  get audioSamples(): Int16Array {
    return this.#audioSamples;
  }

  audioSessionId(index: number): number {
    return this.audioHeads[index * AUDIO_HEAD_NUMBERS] ?? 0;
  }

  audio(index: number): MediaAudio | undefined {
    const row = this.#audioRows[index];
    if (row === undefined) return undefined;
    const atMs = monotonicMs(this.audioHeads[index * AUDIO_HEAD_NUMBERS + 1] ?? 0);
    return { atMs, received: row.received, sent: row.sent };
  }

  eventSessionId(index: number): number {
    return this.events[index * EVENT_ROW_NUMBERS + 1] ?? 0;
  }

  event(index: number): MediaEvent {
    const begin = index * EVENT_ROW_NUMBERS;
    return decodeMediaEvent(this.events.subarray(begin, begin + EVENT_ROW_NUMBERS));
  }

  /** A listener can transfer the views' buffer away. True when it was, and there is a new one to be attached. */
  replaceDetachedAudio(): boolean {
    if (this.#audioSamples.length > 0) return false;
    this.#audioSamples = newAudioSamples();
    this.#audioRows = rowsOf(this.#audioSamples);
    return true;
  }
}

function newAudioSamples(): Int16Array {
  return new Int16Array(AUDIO_ROWS * 2 * SLOT_SAMPLES);
}

function rowsOf(samples: Int16Array): readonly AudioRow[] {
  return Array.from({ length: AUDIO_ROWS }, (_, index) => {
    const begin = index * 2 * SLOT_SAMPLES;
    const middle = begin + SLOT_SAMPLES;
    return {
      received: samples.subarray(begin, middle),
      sent: samples.subarray(middle, middle + SLOT_SAMPLES),
    };
  });
}
