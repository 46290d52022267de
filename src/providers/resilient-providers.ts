import type { PcmFrame } from '../audio/pcm-frame.ts';
import { TrunklineError } from '../core/errors.ts';
import type { MonotonicMs } from '../core/time.ts';
import type {
  AnswerBudgetMs,
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

/** For a request that does not say what it may take. */
const DEFAULT_LLM_BUDGET: StreamBudget = Object.freeze({ firstEventMs: 5_000, stallMs: 5_000 });
const DEFAULT_TTS_BUDGET: StreamBudget = Object.freeze({ firstEventMs: 3_000, stallMs: 3_000 });
/** A voice that was lost is not asked for that long: each sentence would wait for it, and the voice change in mid-reply. */
const TTS_REST_MS = 30_000;

/** Speaks when the first choice does not. */
export interface TtsFallback {
  readonly tts: TextToSpeech;
  speaks(language: string | undefined): boolean;
  /** The first attempt has failed: the fallback may be needed in a moment. */
  prepare?(): void;
}

/**
 * The one place where a vendor's provider gets its time budget, its one retry and its fallback: whoever asks, asks once. Nothing
 * is asked again once anything was given out.
 */
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
      return retryingStream(attempts, budgetOf(request, budget), signal);
    },
  };
}

/** {@link resilientLlm} for a synthesiser. After a failure that lasted the fallback speaks alone for a while. */
export function resilientTts(
  primary: TextToSpeech,
  budget: StreamBudget = DEFAULT_TTS_BUDGET,
  fallback?: TtsFallback,
): TextToSpeech {
  return new ResilientTts(primary, budget, fallback);
}

class ResilientTts implements TextToSpeech {
  readonly name: string;
  readonly voices: TextToSpeech['voices'];
  readonly #primary: TextToSpeech;
  readonly #budget: StreamBudget;
  readonly #fallback: TtsFallback | undefined;
  #restsUntilMs = 0;

  constructor(primary: TextToSpeech, budget: StreamBudget, fallback: TtsFallback | undefined) {
    this.name = primary.name;
    this.voices = primary.voices;
    this.#primary = primary;
    this.#budget = budget;
    this.#fallback = fallback;
  }

  async *synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<PcmFrame> {
    const budget = budgetOf(request, this.#budget);
    try {
      yield* retryingStream(this.#attempts(request), budget, signal);
    } catch (error) {
      if (!signal.aborted && error instanceof TrunklineError && error.retryable) this.#rest();
      throw error;
    }
  }

  #attempts(request: TtsRequest): readonly StreamAttempt<PcmFrame>[] {
    const fallback = this.#fallback;
    const first = this.#attempt(this.#primary, request);
    if (!fallback?.speaks(request.language)) return [first, first];
    const { voice } = resolveVoice(fallback.tts, request.voice);
    const other = this.#attempt(fallback.tts, { ...request, voice });
    if (performance.now() < this.#restsUntilMs) return [other, first];
    let wasRetried = false;
    const retry = onOpen(first, () => {
      wasRetried = true;
      fallback.prepare?.();
    });
    // What is refused at once costs no time: the next sentence may ask again.
    return [first, retry, onOpen(other, () => wasRetried && this.#rest())];
  }

  #attempt(tts: TextToSpeech, request: TtsRequest): StreamAttempt<PcmFrame> {
    return {
      provider: tts.name,
      source: `${tts.name} speech synthesis`,
      open: (signal) => tts.synthesize(request, signal),
    };
  }

  #rest(): void {
    this.#restsUntilMs = performance.now() + TTS_REST_MS;
  }
}

function budgetOf(
  { firstAnswerWithinMs }: { readonly firstAnswerWithinMs?: AnswerBudgetMs },
  otherwise: StreamBudget,
): StreamBudget {
  if (firstAnswerWithinMs === undefined) return otherwise;
  return { firstEventMs: firstAnswerWithinMs, stallMs: firstAnswerWithinMs };
}

function onOpen<T>(attempt: StreamAttempt<T>, run: () => void): StreamAttempt<T> {
  return {
    ...attempt,
    open: (signal) => {
      run();
      return attempt.open(signal);
    },
  };
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
