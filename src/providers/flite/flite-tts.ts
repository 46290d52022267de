import type { PcmFrame } from '../../audio/pcm-frame.ts';
import type { TextToSpeech, TtsRequest } from '../../voice/ports.ts';
import { ProviderError } from '../provider-error.ts';
import { FLITE_SOURCE, FlitePool } from './flite-pool.ts';
import { toSpeakablePieces } from './flite-text.ts';
import { FLITE_VOICES } from './flite-voices.ts';

/** One speaks while the other is warm, also when a sentence was cancelled. */
const DEFAULT_WORKERS = 2;
const FRAME_MS = 500;
const MIN_SPEED = 0.5;
const MAX_SPEED = 2;

/** The built-in voices: no key and no network; a robot's voice, English only. */
export class FliteTts implements TextToSpeech {
  readonly name = 'flite';
  readonly voices = FLITE_VOICES;
  readonly #pool: FlitePool;

  constructor(workers: number = DEFAULT_WORKERS) {
    this.#pool = new FlitePool(workers);
  }

  async *synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<PcmFrame> {
    if (!this.voices.some((voice) => voice.id === request.voice)) {
      throw new ProviderError('provider-rejected', `${FLITE_SOURCE}: no such voice`);
    }
    const speed = Math.min(MAX_SPEED, Math.max(MIN_SPEED, request.speed ?? 1));
    for (const text of toSpeakablePieces(request.text)) {
      const speech = await this.#pool.speak({ text, voice: request.voice, speed }, signal);
      yield* inFrames(speech);
    }
  }

  /** Starts the workers before the first sentence needs one. */
  async warmUp(): Promise<void> {
    await this.#pool.open();
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

function* inFrames(speech: PcmFrame): Generator<PcmFrame> {
  const frameSamples = (speech.sampleRateHz * FRAME_MS) / 1_000;
  for (let start = 0; start < speech.samples.length; start += frameSamples) {
    const samples = speech.samples.subarray(start, start + frameSamples);
    yield { samples, sampleRateHz: speech.sampleRateHz };
  }
}
