import { once } from 'node:events';
import type { PcmFrame } from '../../../src/audio/pcm-frame.ts';
import type { MonotonicMs } from '../../../src/core/time.ts';
import type {
  LanguageModel,
  LlmEvent,
  LlmRequest,
  SpeechToText,
  SttListener,
  SttOptions,
  SttStream,
  TextToSpeech,
  TtsRequest,
  VoiceProviders,
} from '../../../src/voice/ports.ts';

const SPEECH: PcmFrame = { samples: new Int16Array(800), sampleRateHz: 8_000 };

/** Counts what is open, and answers every request at once unless told to hang. */
export class FakeProviders implements VoiceProviders {
  readonly streams: FakeSttStream[] = [];
  requestsOpen = 0;
  /** Answers are held back until the request is aborted. */
  hangs = false;
  replies: readonly LlmEvent[] = [{ type: 'text', delta: 'Well.' }, { type: 'done' }];
  /** Thrown in place of a reply. */
  llmFailure: Error | undefined;
  ttsFailure: Error | undefined;
  readonly requests: LlmRequest[] = [];

  get streamsOpen(): number {
    return this.streams.filter((stream) => !stream.isClosed).length;
  }

  readonly stt: SpeechToText = {
    name: 'fake',
    open: ({ sampleRateHz }: SttOptions, listener: SttListener) => {
      const stream = new FakeSttStream(listener, sampleRateHz);
      this.streams.push(stream);
      return stream;
    },
  };

  readonly llm: LanguageModel = {
    name: 'fake',
    reply: (request: LlmRequest, signal: AbortSignal) => {
      this.requests.push(request);
      if (this.llmFailure) throw this.llmFailure;
      return this.#answer(this.replies, signal);
    },
  };

  readonly tts: TextToSpeech = {
    name: 'fake',
    voices: [],
    synthesize: (_request: TtsRequest, signal: AbortSignal) => {
      if (this.ttsFailure) throw this.ttsFailure;
      return this.#answer([SPEECH], signal);
    },
  };

  async *#answer<T>(values: readonly T[], signal: AbortSignal): AsyncGenerator<T> {
    this.requestsOpen += 1;
    try {
      if (this.hangs && !signal.aborted) await once(signal, 'abort');
      yield* values;
    } finally {
      this.requestsOpen -= 1;
    }
  }
}

export class FakeSttStream implements SttStream {
  readonly listener: SttListener;
  readonly sampleRateHz: number;
  readonly hints: string[] = [];
  samplesWritten = 0;
  isClosed = false;

  constructor(listener: SttListener, sampleRateHz: number) {
    this.listener = listener;
    this.sampleRateHz = sampleRateHz;
  }

  write(samples: Int16Array): void {
    this.samplesWritten += samples.length;
  }

  speechStarted(atMs: MonotonicMs): void {
    this.hints.push(`started ${atMs}`);
  }

  speechEnded(atMs: MonotonicMs): void {
    this.hints.push(`ended ${atMs}`);
  }

  close(): void {
    this.isClosed = true;
  }
}
