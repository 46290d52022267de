import type { TrunklineError } from '../../core/errors.ts';
import type {
  SpeechToText,
  SttListener,
  SttOptions,
  SttStream,
  SttTranscript,
} from '../../voice/ports.ts';
import { flagField, type JsonEvent, parseEvent, textField } from '../json-event.ts';
import { ProviderError, protocolError } from '../provider-error.ts';
import { ReplaySocket, type ReplaySocketLimits } from '../replay-socket.ts';
import { SpeechGate } from '../speech-gate.ts';
import { readSegment, SegmentedText } from './segmented-text.ts';

export const DEEPGRAM_BASE_URL = 'https://api.deepgram.com';
const DEEPGRAM_MODEL = 'nova-3';

export interface DeepgramOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly model?: string;
  readonly limits?: ReplaySocketLimits;
}

/** Deepgram's live transcription (`/v1/listen`). */
export class DeepgramStt implements SpeechToText {
  readonly name = 'deepgram';
  readonly #options: DeepgramOptions;

  constructor(options: DeepgramOptions) {
    this.#options = options;
  }

  open(options: SttOptions, listener: SttListener): SttStream {
    return new DeepgramSttStream(this.#options, options, listener);
  }
}

const SOURCE = 'deepgram transcription';
const PRE_ROLL_MS = 400;
const BATCH_MS = 40;
/** Deepgram ends words by itself after this much silence inside what we call speech. */
const ENDPOINTING_MS = 300;
/** Deepgram closes a connection that got neither audio nor this for ten seconds. */
const KEEP_ALIVE_MS = 4_000;
/** `Finalize` is not always answered when there was little left to transcribe. */
const FINALIZE_WAIT_MS = 1_000;

const KEEP_ALIVE = JSON.stringify({ type: 'KeepAlive' });
const FINALIZE = JSON.stringify({ type: 'Finalize' });
const CLOSE_STREAM = JSON.stringify({ type: 'CloseStream' });

class DeepgramSttStream implements SttStream {
  readonly #listener: SttListener;
  readonly #gate: SpeechGate;
  readonly #socket: ReplaySocket;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #text = new SegmentedText();
  #finalizeTimer: NodeJS.Timeout | undefined;
  /** The `Finalize` messages that are not answered yet, oldest first. */
  #finalizing: number[] = [];
  #lastSent = 0;
  /** A final of this stretch of speech was given out, so that an empty one has nothing to tell. */
  #reported = false;
  #closed = false;

  constructor(provider: DeepgramOptions, options: SttOptions, listener: SttListener) {
    this.#listener = listener;
    this.#gate = new SpeechGate(
      { sampleRateHz: options.sampleRateHz, preRollMs: PRE_ROLL_MS, batchMs: BATCH_MS },
      (samples) => {
        this.#lastSent = this.#socket.send(toBytes(samples));
      },
    );
    this.#socket = new ReplaySocket(
      {
        source: SOURCE,
        url: listenUrl(provider, options),
        headers: { Authorization: `Token ${provider.apiKey}` },
        hello: [],
        ...(provider.limits ? { limits: provider.limits } : {}),
      },
      {
        onOpen: () => this.#handleOpen(),
        onMessage: (text) => this.#handleMessage(text),
        onLost: (error) => this.#handleLost(error),
      },
    );
    this.#keepAlive = setInterval(() => this.#sendKeepAlive(), KEEP_ALIVE_MS);
  }

  write(samples: Int16Array): void {
    if (!this.#closed) this.#gate.write(samples);
  }

  speechStarted(): void {
    if (this.#closed || this.#gate.isOpen) return;
    this.#reported = false;
    this.#gate.start();
  }

  speechEnded(): void {
    if (this.#closed || !this.#gate.isOpen) return;
    this.#gate.end();
    this.#finalizing.push(this.#socket.send(FINALIZE));
    if (this.#socket.isOpen) this.#awaitFinalized();
  }

  close(): void {
    if (this.#closed) return;
    this.#end();
    this.#socket.close(CLOSE_STREAM);
  }

  /** What is not settled has been sent again and will be transcribed again. */
  #handleOpen(): void {
    this.#text.clear();
    if (this.#finalizing.length > 0) this.#awaitFinalized();
  }

  #awaitFinalized(): void {
    clearTimeout(this.#finalizeTimer);
    this.#finalizeTimer = setTimeout(() => this.#finishSpeech(), FINALIZE_WAIT_MS);
  }

  #sendKeepAlive(): void {
    if (!this.#gate.isOpen) this.#socket.sendOnce(KEEP_ALIVE);
  }

  #handleMessage(text: string): void {
    if (this.#closed) return;
    const event = parseEvent(text);
    if (!event) {
      this.#socket.fail(protocolError(SOURCE, 'malformed message'));
      return;
    }
    const type = textField(event, 'type');
    if (type === 'Results') this.#handleResults(event);
    else if (type === 'Error') {
      this.#socket.fail(new ProviderError('provider-overloaded', `${SOURCE}: server error`));
    }
  }

  #handleResults(event: JsonEvent): void {
    const segment = readSegment(event);
    if (!flagField(event, 'is_final')) {
      this.#reportInterim(this.#text.withInterim(segment));
      return;
    }
    this.#text.add(segment);
    if (flagField(event, 'from_finalize')) this.#finishSpeech();
    else if (flagField(event, 'speech_final')) this.#finishWords();
    else this.#reportInterim(this.#text.current());
  }

  #reportInterim(transcript: SttTranscript): void {
    if (transcript.text !== '') this.#listener.onInterim(transcript);
  }

  /** The oldest `Finalize` is answered, or will not be. */
  #finishSpeech(): void {
    clearTimeout(this.#finalizeTimer);
    const serial = this.#finalizing.shift();
    if (serial !== undefined) this.#socket.settle(serial);
    if (this.#finalizing.length > 0) this.#awaitFinalized();
    this.#reportFinal({ evenEmpty: !this.#reported });
  }

  /** Deepgram heard a pause inside the speech. What it has heard until there must not be transcribed twice. */
  #finishWords(): void {
    if (this.#finalizing.length === 0) this.#socket.settle(this.#lastSent);
    this.#reportFinal();
  }

  #reportFinal(options: { readonly evenEmpty: boolean } = { evenEmpty: false }): void {
    const transcript = this.#text.take();
    if (transcript.text === '' && !options.evenEmpty) return;
    this.#reported = true;
    this.#listener.onFinal(transcript);
  }

  #handleLost(error: TrunklineError): void {
    this.#end();
    this.#listener.onError(error);
  }

  #end(): void {
    this.#closed = true;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#finalizeTimer);
  }
}

function listenUrl(provider: DeepgramOptions, options: SttOptions): string {
  const url = new URL(`${provider.baseUrl.replace(/[/]+$/, '')}/v1/listen`);
  url.protocol = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws:' : 'wss:';
  url.search = new URLSearchParams({
    model: provider.model ?? DEEPGRAM_MODEL,
    language: options.language ?? 'multi',
    encoding: 'linear16',
    sample_rate: String(options.sampleRateHz),
    channels: '1',
    interim_results: 'true',
    smart_format: 'true',
    endpointing: String(ENDPOINTING_MS),
  }).toString();
  return url.href;
}

/** A copy, little-endian as `linear16` wants it. */
function toBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [index, sample] of samples.entries()) view.setInt16(index * 2, sample, true);
  return bytes;
}
