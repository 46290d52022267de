import { TrunklineError } from '../core/errors.ts';
import type { LanguageModel, SpeechToText, TextToSpeech, VoiceProviders } from '../voice/ports.ts';
import { DEEPGRAM_BASE_URL, DeepgramStt } from './deepgram/deepgram-stt.ts';
import { FliteTts } from './flite/flite-tts.ts';
import { OPENAI_BASE_URL, OpenAiConnection } from './openai/openai-connection.ts';
import { OpenAiLlm } from './openai/openai-llm.ts';
import { OpenAiStt } from './openai/openai-stt.ts';
import { OpenAiTts } from './openai/openai-tts.ts';
import {
  resilientLlm,
  resilientStt,
  resilientTts,
  type TtsFallback,
} from './resilient-providers.ts';
import { SandboxLlm } from './sandbox/sandbox-llm.ts';
import { SandboxStt } from './sandbox/sandbox-stt.ts';

export interface ProvidersConfig {
  readonly stt: 'auto' | 'openai' | 'deepgram' | 'sandbox';
  readonly llm: 'auto' | 'openai' | 'sandbox';
  readonly tts: 'auto' | 'openai' | 'flite';
  readonly openai?: OpenAiConfig | undefined;
  readonly deepgram?: DeepgramConfig | undefined;
}

export interface OpenAiConfig {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly llmModel?: string | undefined;
  readonly sttModel?: string | undefined;
  readonly ttsModel?: string | undefined;
}

export interface DeepgramConfig {
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly model?: string | undefined;
}

export interface ChosenProviders extends VoiceProviders {
  /** What speaks, thinks and listens, and why; a sentence each, for the log and the API. No secret in it. */
  readonly notes: readonly string[];
  /** Starts what takes time to start. Optional. */
  warmUp(): Promise<void>;
  /** Ends threads and idle connections; when the last call is over. */
  close(): Promise<void>;
}

/** Throws `config-invalid` when a provider is demanded by name and its key is missing. */
export function chooseProviders(config: ProvidersConfig): ChosenProviders {
  const choice = new ProviderChoice(config);
  const stt = choice.stt();
  const llm = choice.llm();
  const tts = choice.tts();
  return {
    stt: stt.provider,
    llm: llm.provider,
    tts: tts.provider,
    notes: [stt.note, llm.note, tts.note, ...mismatch(stt.provider, llm.provider)],
    warmUp: () => choice.warmUp(),
    close: () => choice.close(),
  };
}

interface Chosen<T> {
  readonly provider: T;
  readonly note: string;
}

const DEMANDED = 'as configured';

class ProviderChoice {
  readonly #config: ProvidersConfig;
  #connection: OpenAiConnection | undefined;
  #flite: FliteTts | undefined;
  #startsFlite = false;

  constructor(config: ProvidersConfig) {
    this.#config = config;
  }

  stt(): Chosen<SpeechToText> {
    const { stt, openai, deepgram } = this.#config;
    if (stt === 'auto' && deepgram && openai) {
      return {
        provider: resilientStt(this.#deepgramStt(), this.#openAiStt()),
        note: note('Deepgram recognizes speech, OpenAI if it is lost', stt, 'both keys are set'),
      };
    }
    if (stt === 'deepgram' || (stt === 'auto' && deepgram)) {
      return {
        provider: this.#deepgramStt(),
        note: note('Deepgram recognizes speech', stt, 'a Deepgram key is set'),
      };
    }
    if (stt === 'openai' || (stt === 'auto' && openai)) {
      return {
        provider: this.#openAiStt(),
        note: note('OpenAI recognizes speech', stt, 'an OpenAI key is set'),
      };
    }
    return {
      provider: new SandboxStt(),
      note: note(
        'No speech recognizer: the sandbox reports how long and loud the caller spoke instead of words',
        stt,
        'no key is set',
      ),
    };
  }

  llm(): Chosen<LanguageModel> {
    const { llm, openai } = this.#config;
    if (llm === 'openai' || (llm === 'auto' && openai)) {
      const { llmModel } = demanded(openai, 'llm', 'OPENAI_API_KEY');
      return {
        provider: resilientLlm(new OpenAiLlm(this.#openai(), llmModel)),
        note: note('OpenAI answers', llm, 'an OpenAI key is set'),
      };
    }
    return {
      provider: new SandboxLlm(),
      note: note(
        'No language model: the sandbox plays back what the caller said and reads pressed digits out',
        llm,
        'no key is set',
      ),
    };
  }

  tts(): Chosen<TextToSpeech> {
    const { tts, openai } = this.#config;
    if (tts === 'openai' || (tts === 'auto' && openai)) {
      const { ttsModel } = demanded(openai, 'tts', 'OPENAI_API_KEY');
      const provider = new OpenAiTts(this.#openai(), ttsModel);
      return {
        provider: resilientTts(provider, undefined, this.#fliteFallback()),
        note: note(
          'OpenAI speaks; in English the built-in Flite voices if it is lost',
          tts,
          'an OpenAI key is set',
        ),
      };
    }
    this.#flite = new FliteTts();
    this.#startsFlite = true;
    return {
      provider: resilientTts(this.#flite),
      note: note('The built-in Flite voices speak', tts, 'no key is set'),
    };
  }

  async warmUp(): Promise<void> {
    if (this.#startsFlite) await this.#flite?.warmUp();
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    await this.#flite?.close();
  }

  /** Costs nothing until it is needed. */
  #fliteFallback(): TtsFallback {
    const flite = new FliteTts();
    this.#flite = flite;
    return {
      tts: flite,
      speaks: (language) => /^en(?![a-z])/i.test(language ?? ''),
      // Why it does not start is the error of the sentence that needs it.
      prepare: () => void flite.warmUp().catch(() => undefined),
    };
  }

  #deepgramStt(): SpeechToText {
    const { deepgram } = this.#config;
    const { apiKey, baseUrl, model } = demanded(deepgram, 'stt', 'DEEPGRAM_API_KEY');
    const address = checkedUrl(baseUrl ?? DEEPGRAM_BASE_URL, 'deepgram');
    return new DeepgramStt({ apiKey, baseUrl: address, ...(model ? { model } : {}) });
  }

  #openAiStt(): SpeechToText {
    const { openai } = this.#config;
    const { apiKey, baseUrl, sttModel } = demanded(openai, 'stt', 'OPENAI_API_KEY');
    const address = checkedUrl(baseUrl ?? OPENAI_BASE_URL, 'openai');
    return new OpenAiStt({ apiKey, baseUrl: address, ...(sttModel ? { model: sttModel } : {}) });
  }

  #openai(): OpenAiConnection {
    const { apiKey, baseUrl } = demanded(this.#config.openai, 'openai', 'OPENAI_API_KEY');
    const address = checkedUrl(baseUrl ?? OPENAI_BASE_URL, 'openai');
    this.#connection ??= new OpenAiConnection({ apiKey, baseUrl: address });
    return this.#connection;
  }
}

function note(what: string, setting: string, reason: string): string {
  return `${what} (${setting === 'auto' ? reason : DEMANDED}).`;
}

function demanded<T>(account: T | undefined, key: string, variable: string): T {
  if (account !== undefined) return account;
  throw new TrunklineError('config-invalid', `providers.${key}: needs ${variable}`);
}

function checkedUrl(url: string, provider: string): string {
  if (URL.canParse(url) && /^(https?|wss?):$/.test(new URL(url).protocol)) return url;
  throw new TrunklineError('config-invalid', `providers.${provider}.baseUrl: not a web address`);
}

function mismatch(stt: SpeechToText, llm: LanguageModel): readonly string[] {
  if (stt.name !== 'sandbox' || llm.name === 'sandbox') return [];
  return ["The language model gets no words, because nothing recognizes the caller's speech."];
}
