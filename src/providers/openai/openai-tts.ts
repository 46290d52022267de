import type { PcmFrame } from '../../audio/pcm-frame.ts';
import type { TextToSpeech, TtsRequest } from '../../voice/ports.ts';
import { abortedError, protocolError, toProviderError } from '../provider-error.ts';
import type { StreamedAnswer } from '../streaming-http.ts';
import type { OpenAiConnection } from './openai-connection.ts';
import { OPENAI_VOICES } from './openai-voices.ts';

const OPENAI_TTS_MODEL = 'gpt-4o-mini-tts';

const SOURCE = 'openai speech';
/** `response_format: pcm` is 24 kHz, 16-bit signed little-endian, mono, without a header. */
const SAMPLE_RATE_HZ = 24_000;
const MAX_INPUT_CHARS = 4_096;
/** Five minutes: no text of that length takes longer to say. */
const MAX_AUDIO_BYTES = SAMPLE_RATE_HZ * 2 * 300;
const MIN_SPEED = 0.25;
const MAX_SPEED = 4;

/** The streaming speech endpoint: audio is handed on as it arrives. */
export class OpenAiTts implements TextToSpeech {
  readonly name = 'openai';
  readonly voices = OPENAI_VOICES;
  readonly #connection: OpenAiConnection;
  readonly #model: string;

  constructor(connection: OpenAiConnection, model: string = OPENAI_TTS_MODEL) {
    this.#connection = connection;
    this.#model = model;
  }

  async *synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<PcmFrame> {
    if (request.text.trim() === '') return;
    try {
      const answer = await this.#connection.post(
        'audio/speech',
        {
          model: this.#model,
          voice: request.voice,
          input: request.text.slice(0, MAX_INPUT_CHARS),
          response_format: 'pcm',
          ...(request.speed === undefined ? {} : { speed: clampSpeed(request.speed) }),
        },
        { source: SOURCE, signal },
      );
      yield* readPcm(answer);
    } catch (error) {
      throw toProviderError(error, SOURCE, signal);
    }
    if (signal.aborted) throw abortedError(SOURCE);
  }
}

function clampSpeed(speed: number): number {
  return Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed));
}

/** Answers that would be noise if they were played as samples. */
const NOT_PCM = /mpeg|mp3|wav|ogg|opus|aac|flac|json|text|html/i;

async function* readPcm({ header, body }: StreamedAnswer): AsyncGenerator<PcmFrame> {
  if (NOT_PCM.test(header('content-type') ?? '')) {
    body.destroy();
    throw protocolError(SOURCE, 'the answer is not raw audio');
  }
  const samples = new SampleReader();
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_AUDIO_BYTES) throw protocolError(SOURCE, 'too much audio');
    const read = samples.read(chunk);
    if (read.length > 0) yield { samples: read, sampleRateHz: SAMPLE_RATE_HZ };
  }
}

/** Bytes to samples where a sample may be cut in two by a chunk boundary. */
class SampleReader {
  #lowByte: number | undefined;

  read(chunk: Uint8Array): Int16Array {
    const carried = this.#lowByte === undefined ? 0 : 1;
    const samples = new Int16Array((carried + chunk.length) >> 1);
    const bytes = new Uint8Array(samples.buffer);
    if (this.#lowByte !== undefined && bytes.length > 0) bytes[0] = this.#lowByte;
    const whole = Math.max(0, bytes.length - carried);
    bytes.set(chunk.subarray(0, whole), Math.min(carried, bytes.length));
    if (whole < chunk.length) this.#lowByte = chunk[chunk.length - 1];
    else if (bytes.length > 0) this.#lowByte = undefined;
    return samples;
  }
}
