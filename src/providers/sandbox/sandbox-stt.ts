import { levelDbfs } from '../../audio/level.ts';
import type {
  SpeechToText,
  SttListener,
  SttOptions,
  SttStream,
  SttTranscript,
} from '../../voice/ports.ts';
import { SpeechGate } from '../speech-gate.ts';
import { trimSpeech } from './trim-speech.ts';

const PRE_ROLL_MS = 300;
const BATCH_MS = 20;
const MAX_SPEECH_MS = 15_000;
/** Less than a short "yes": a knock on the line. */
const MIN_SPEECH_MS = 200;

/**
 * Stands in for a speech recogniser where none is configured. It writes no words: it says that there was speech, how long and how
 * loud, and gives the audio. There are no interim transcripts, for there is nothing to show before the end.
 */
export class SandboxStt implements SpeechToText {
  readonly name = 'sandbox';

  open(options: SttOptions, listener: SttListener): SttStream {
    return new SandboxSttStream(options.sampleRateHz, listener);
  }
}

class SandboxSttStream implements SttStream {
  readonly #sampleRateHz: number;
  readonly #listener: SttListener;
  readonly #gate: SpeechGate;
  #speech: Int16Array[] = [];
  #samples = 0;
  #closed = false;

  constructor(sampleRateHz: number, listener: SttListener) {
    this.#sampleRateHz = sampleRateHz;
    this.#listener = listener;
    this.#gate = new SpeechGate(
      { sampleRateHz, preRollMs: PRE_ROLL_MS, batchMs: BATCH_MS },
      (samples) => this.#keep(samples),
    );
  }

  write(samples: Int16Array): void {
    if (!this.#closed) this.#gate.write(samples);
  }

  speechStarted(): void {
    if (!this.#closed) this.#gate.start();
  }

  speechEnded(): void {
    if (this.#closed || !this.#gate.isOpen) return;
    this.#gate.end();
    const speech = trimSpeech(joined(this.#speech, this.#samples), this.#sampleRateHz);
    this.#forget();
    this.#listener.onFinal(describeSpeech(speech, this.#sampleRateHz));
  }

  close(): void {
    this.#closed = true;
    this.#forget();
  }

  #keep(samples: Int16Array): void {
    const room = (this.#sampleRateHz * MAX_SPEECH_MS) / 1_000 - this.#samples;
    const kept = samples.slice(0, Math.max(0, room));
    if (kept.length > 0) this.#speech.push(kept);
    this.#samples += kept.length;
  }

  #forget(): void {
    this.#speech = [];
    this.#samples = 0;
  }
}

function joined(parts: readonly Int16Array[], length: number): Int16Array {
  const all = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function describeSpeech(speech: Int16Array, sampleRateHz: number): SttTranscript {
  const durationMs = (speech.length * 1_000) / sampleRateHz;
  if (durationMs < MIN_SPEECH_MS) return { text: '' };
  const seconds = (durationMs / 1_000).toFixed(1);
  return {
    text: `[speech ${seconds} s, ${Math.round(levelDbfs(speech))} dBFS]`,
    audio: { samples: speech, sampleRateHz },
  };
}
