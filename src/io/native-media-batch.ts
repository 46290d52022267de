import { monotonicMs } from '../core/time.ts';
import type { MediaAudio, MediaEvent, SessionRateHz } from '../media/media-engine.ts';
import { decodeMediaEvent, EVENT_ROW_NUMBERS } from './native-media-event.ts';

const AUDIO_ROWS = 256;
const EVENT_ROWS = 64;
/** Session, time in ms, sample rate in Hz, samples received. */
const AUDIO_HEAD_NUMBERS = 4;
const SLOTS_PER_S = 50;
const MOST_SLOT_SAMPLES = 16_000 / SLOTS_PER_S;
const MOST_HEARD_SAMPLES = 2 * MOST_SLOT_SAMPLES;
const ROW_SAMPLES = MOST_HEARD_SAMPLES + MOST_SLOT_SAMPLES;
const NOTHING = new Int16Array();

/** One direction each, views that are made once and used for every batch. */
interface AudioRow {
  readonly received: Int16Array;
  readonly sent: Int16Array;
}

type AudioRows = Readonly<Record<SessionRateHz, readonly AudioRow[]>>;

/** The buffers in which the native engine hands up what the media threads brought, and how to read them. */
export class NativeMediaBatch {
  readonly audioHeads = new Float64Array(AUDIO_ROWS * AUDIO_HEAD_NUMBERS);
  readonly events = new Float64Array(EVENT_ROWS * EVENT_ROW_NUMBERS);
  #audioSamples = newAudioSamples();
  #audioRows: AudioRows = rowsOf(this.#audioSamples);

  get audioSamples(): Int16Array {
    return this.#audioSamples;
  }

  audioSessionId(index: number): number {
    return this.audioHeads[index * AUDIO_HEAD_NUMBERS] ?? 0;
  }

  audio(index: number): MediaAudio | undefined {
    const head = index * AUDIO_HEAD_NUMBERS;
    const sampleRateHz = this.audioHeads[head + 2] === 16_000 ? 16_000 : 8000;
    const row = this.#audioRows[sampleRateHz][index];
    if (row === undefined) return undefined;
    const atMs = monotonicMs(this.audioHeads[head + 1] ?? 0);
    const received = this.#received(index, row, this.audioHeads[head + 3] ?? 0);
    return { atMs, sampleRateHz, received, sent: row.sent };
  }

  /** Nearly always one slot, for which there is a view. */
  #received(index: number, { received }: AudioRow, length: number): Int16Array {
    if (length === received.length) return received;
    if (length === 0) return NOTHING;
    const begin = index * ROW_SAMPLES;
    return this.#audioSamples.subarray(begin, begin + length);
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
  return new Int16Array(AUDIO_ROWS * ROW_SAMPLES);
}

function rowsOf(samples: Int16Array): AudioRows {
  return { 8000: rowsAt(samples, 8000), 16000: rowsAt(samples, 16_000) };
}

function rowsAt(samples: Int16Array, sampleRateHz: SessionRateHz): readonly AudioRow[] {
  const slotSamples = sampleRateHz / SLOTS_PER_S;
  return Array.from({ length: AUDIO_ROWS }, (_, index) => {
    const begin = index * ROW_SAMPLES;
    const middle = begin + MOST_HEARD_SAMPLES;
    return {
      received: samples.subarray(begin, begin + slotSamples),
      sent: samples.subarray(middle, middle + slotSamples),
    };
  });
}
