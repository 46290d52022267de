import type { PcmFrame } from '../audio/pcm-frame.ts';
import { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
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
} from '../voice/ports.ts';
import { retryingStream, type StreamAttempt, type StreamBudget } from './retrying-stream.ts';
import { resolveVoice } from './voices.ts';

/**
 * The one place where a vendor's provider gets its time budget, its one retry and its fallback. A little below the turn engine's own
 * limits (`DEFAULT_TURN_TIMEOUTS`), so that the trace shows the provider's error and not only that nothing came.
 */
const DEFAULT_LLM_BUDGET: StreamBudget = Object.freeze({
  firstEventMs: 4_500,
  stallMs: 4_500,
});
const DEFAULT_TTS_BUDGET: StreamBudget = Object.freeze({
  firstEventMs: 2_700,
  stallMs: 2_700,
});

export function resilientLlm(
  primary: LanguageModel,
  budget: StreamBudget = DEFAULT_LLM_BUDGET,
  fallback?: LanguageModel,
): LanguageModel {
  const attempt = (llm: LanguageModel, request: LlmRequest): StreamAttempt<LlmEvent> => ({
    provider: llm.name,
    source: `${llm.name} language model`,
    open: (signal) => llm.reply(request, signal),
  });
  return {
    name: primary.name,
    reply(request, signal) {
      const attempts = [attempt(primary, request), attempt(primary, request)];
      // The model named for the call is the primary's.
      const { model: _, ...anyModel } = request;
      if (fallback) attempts.push(attempt(fallback, anyModel));
      return oneRetry(attempts, budget, signal);
    },
  };
}

export function resilientTts(
  primary: TextToSpeech,
  budget: StreamBudget = DEFAULT_TTS_BUDGET,
  fallback?: TextToSpeech,
): TextToSpeech {
  const attempt = (tts: TextToSpeech, request: TtsRequest): StreamAttempt<PcmFrame> => ({
    provider: tts.name,
    source: `${tts.name} speech synthesis`,
    open: (signal) => tts.synthesize(request, signal),
  });
  return {
    name: primary.name,
    voices: primary.voices,
    synthesize(request, signal) {
      const attempts = [attempt(primary, request), attempt(primary, request)];
      if (fallback) {
        const { voice } = resolveVoice(fallback, request.voice);
        attempts.push(attempt(fallback, { ...request, voice }));
      }
      return oneRetry(attempts, budget, signal);
    },
  };
}

/**
 * {@link retryingStream}, whose error says whether asking again is of use: not when that has been tried. The turn engine asks again only
 * for an answer that broke off on the first attempt, before any of it was spoken.
 */
async function* oneRetry<T>(
  attempts: readonly StreamAttempt<T>[],
  budget: StreamBudget,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let opened = 0;
  let hasBegun = false;
  const counted = attempts.map((attempt) => ({
    ...attempt,
    open: (attemptSignal: AbortSignal) => {
      opened += 1;
      return attempt.open(attemptSignal);
    },
  }));
  try {
    for await (const event of retryingStream(counted, budget, signal)) {
      hasBegun = true;
      yield event;
    }
  } catch (error) {
    throw hasBegun && opened === 1 ? error : final(error);
  }
}

function final(error: unknown): unknown {
  if (!(error instanceof TrunklineError) || !error.retryable) return error;
  return new TrunklineError(error.code, error.message, { cause: error, retryable: false });
}

/** A vendor's recogniser reconnects by itself; when it is lost for good, the rest of the call is heard by `fallback`. */
export function resilientStt(primary: SpeechToText, fallback: SpeechToText): SpeechToText {
  return {
    name: primary.name,
    open: (options, listener) => new FallbackSttStream([primary, fallback], options, listener),
  };
}

class FallbackSttStream implements SttStream {
  readonly #providers: SpeechToText[];
  readonly #options: SttOptions;
  readonly #listener: SttListener;
  #stream: SttStream | undefined;
  #speechSince: MonotonicMs | undefined;
  #closed = false;

  constructor(providers: readonly SpeechToText[], options: SttOptions, listener: SttListener) {
    this.#providers = [...providers];
    this.#options = options;
    this.#listener = listener;
    this.#openNext();
  }

  write(samples: Int16Array): void {
    this.#stream?.write(samples);
  }

  speechStarted(atMs: MonotonicMs): void {
    this.#speechSince = atMs;
    this.#stream?.speechStarted(atMs);
  }

  speechEnded(atMs: MonotonicMs): void {
    this.#speechSince = undefined;
    this.#stream?.speechEnded(atMs);
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #openNext(): void {
    const provider = this.#providers.shift();
    if (!provider) return;
    this.#stream = provider.open(this.#options, {
      onInterim: (transcript) => this.#listener.onInterim(transcript),
      onFinal: (transcript) => this.#listener.onFinal(transcript),
      onError: (error) => {
        if (this.#closed) return;
        this.#stream = undefined;
        if (this.#providers.length === 0) this.#listener.onError(error);
        else this.#openNext();
      },
    });
    // Speech under way when the first was lost: the second hears the rest of it.
    if (this.#speechSince !== undefined) this.#stream.speechStarted(this.#speechSince);
  }
}
