import { muLawEncodeFrame } from '../../audio/g711.ts';
import { Upsampler } from '../../audio/upsampler.ts';
import type { TrunklineError } from '../../core/errors.ts';
import type { SpeechToText, SttListener, SttOptions, SttStream } from '../../voice/ports.ts';
import { type JsonEvent, objectField, parseEvent, textField } from '../json-event.ts';
import { ProviderError, protocolError } from '../provider-error.ts';
import { ReplaySocket, type ReplaySocketLimits } from '../replay-socket.ts';
import { SpeechGate } from '../speech-gate.ts';
import { type OpenAiAccount, websocketUrl } from './openai-connection.ts';
import { TranscriptQueue } from './transcript-queue.ts';

const OPENAI_STT_MODEL = 'gpt-live-transcribe';

export interface OpenAiSttOptions extends OpenAiAccount {
  readonly model?: string;
  readonly limits?: ReplaySocketLimits;
}

/** Realtime transcription sessions: our VAD ends the turns, so that its end of speech is the only one. */
export class OpenAiStt implements SpeechToText {
  readonly name = 'openai';
  readonly #options: OpenAiSttOptions;

  constructor(options: OpenAiSttOptions) {
    this.#options = options;
  }

  open(options: SttOptions, listener: SttListener): SttStream {
    return new OpenAiSttStream(this.#options, options, listener);
  }
}

const SOURCE = 'openai transcription';
const SESSION_EVENT_ID = 'trunkline-session';
const COMMIT_EVENT_PREFIX = 'trunkline-commit-';
const PRE_ROLL_MS = 400;
const BATCH_MS = 40;
/** A commit of less is refused. */
const MIN_COMMIT_MS = 100;
/** Once a later utterance is transcribed, how long an earlier one may still hold it up. */
const HOLD_LATER_MS = 1_000;

class OpenAiSttStream implements SttStream {
  readonly #listener: SttListener;
  readonly #gate: SpeechGate;
  readonly #socket: ReplaySocket;
  readonly #audio: InputAudio;
  readonly #minCommitSamples: number;
  readonly #transcripts = new TranscriptQueue();
  #holdTimer: NodeJS.Timeout | undefined;
  #samplesSinceCommit = 0;
  #commits = 0;
  #closed = false;

  constructor(provider: OpenAiSttOptions, options: SttOptions, listener: SttListener) {
    const { sampleRateHz } = options;
    this.#listener = listener;
    this.#audio = sampleRateHz === 8_000 ? muLawAudio() : pcmAudio();
    this.#minCommitSamples = (sampleRateHz * MIN_COMMIT_MS) / 1_000;
    this.#gate = new SpeechGate(
      { sampleRateHz, preRollMs: PRE_ROLL_MS, batchMs: BATCH_MS },
      (samples) => this.#append(samples),
    );
    this.#socket = new ReplaySocket(
      {
        source: SOURCE,
        url: websocketUrl(provider.baseUrl, 'realtime?intent=transcription'),
        headers: { Authorization: `Bearer ${provider.apiKey}` },
        hello: [
          sessionUpdate(provider.model ?? OPENAI_STT_MODEL, options.language, this.#audio.format),
        ],
        ...(provider.limits ? { limits: provider.limits } : {}),
      },
      {
        onOpen: () => this.#transcripts.restart(this.#socket.oldestSerial),
        onMessage: (text) => this.#handleMessage(text),
        onLost: (error) => this.#handleLost(error),
      },
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
    const missing = this.#minCommitSamples - this.#samplesSinceCommit;
    if (missing > 0) this.#append(new Int16Array(missing));
    this.#samplesSinceCommit = 0;
    this.#commits += 1;
    const eventId = `${COMMIT_EVENT_PREFIX}${this.#commits}`;
    const serial = this.#socket.send(
      JSON.stringify({ type: 'input_audio_buffer.commit', event_id: eventId }),
    );
    this.#transcripts.commit(eventId, serial);
    this.#deliver();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#holdTimer);
    this.#socket.close();
  }

  #append(samples: Int16Array): void {
    this.#samplesSinceCommit += samples.length;
    const audio = Buffer.from(this.#audio.encode(samples)).toString('base64');
    // Every 40 ms of speech: base64 needs no escaping, so that JSON.stringify would only copy it once more.
    this.#socket.send(`{"type":"input_audio_buffer.append","audio":"${audio}"}`);
  }

  #handleMessage(text: string): void {
    if (this.#closed) return;
    const event = parseEvent(text);
    if (!event) {
      this.#socket.fail(protocolError(SOURCE, 'malformed message'));
      return;
    }
    const itemId = textField(event, 'item_id');
    switch (textField(event, 'type')) {
      case 'input_audio_buffer.committed':
        this.#transcripts.assign(itemId);
        return;
      case 'conversation.item.input_audio_transcription.delta':
        this.#handleDelta(itemId, textField(event, 'delta'));
        return;
      case 'conversation.item.input_audio_transcription.completed':
        this.#transcripts.finish(itemId, textField(event, 'transcript'));
        this.#deliver();
        return;
      case 'conversation.item.input_audio_transcription.failed':
        this.#transcripts.finish(itemId, '');
        this.#deliver();
        return;
      case 'error':
        this.#handleError(objectField(event, 'error'));
    }
  }

  #handleDelta(itemId: string, delta: string): void {
    const text = this.#transcripts.extend(itemId, delta);
    if (text !== undefined && text.trim() !== '') this.#listener.onInterim({ text });
  }

  /** Most errors leave the session as it is; these do not. */
  #handleError(error: JsonEvent): void {
    const eventId = textField(error, 'event_id');
    if (eventId === SESSION_EVENT_ID) {
      this.#socket.fail(new ProviderError('provider-rejected', `${SOURCE}: session refused`));
    } else if (eventId.startsWith(COMMIT_EVENT_PREFIX)) {
      this.#transcripts.refuse(eventId);
      this.#deliver();
    } else if (textField(error, 'type') === 'server_error') {
      this.#socket.fail(new ProviderError('provider-overloaded', `${SOURCE}: server error`));
    }
  }

  /** Hands out what is ready, in the order it was spoken. */
  #deliver(): void {
    for (const ready of this.#transcripts.takeReady()) {
      this.#socket.settle(ready.serial);
      this.#listener.onFinal({ text: ready.text });
      if (this.#closed) return;
    }
    if (!this.#transcripts.isHeldUp) {
      clearTimeout(this.#holdTimer);
      this.#holdTimer = undefined;
      return;
    }
    this.#holdTimer ??= setTimeout(() => {
      this.#holdTimer = undefined;
      this.#transcripts.giveUpEarlier();
      this.#deliver();
    }, HOLD_LATER_MS);
  }

  #handleLost(error: TrunklineError): void {
    this.#closed = true;
    clearTimeout(this.#holdTimer);
    this.#listener.onError(error);
  }
}

/** Models that take a list of possible languages; the others take one. */
const LANGUAGE_LIST_MODELS = /^gpt-(live-)?transcribe/;

/** How audio goes to the session. */
interface InputAudio {
  readonly format: object;
  encode(samples: Int16Array): Uint8Array;
}

/** G.711 as it came from the line. */
function muLawAudio(): InputAudio {
  return { format: { type: 'audio/pcmu' }, encode: muLawEncodeFrame };
}

/** Wideband: linear audio is taken at this rate only, little-endian. */
function pcmAudio(): InputAudio {
  const upsampler = new Upsampler();
  return {
    format: { type: 'audio/pcm', rate: 24_000 },
    encode: (samples) => littleEndian(upsampler.push(samples)),
  };
}

function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, index) => {
    view.setInt16(index * 2, sample, true);
  });
  return bytes;
}

/** `session.update` of a transcription session, without server-side turns. */
function sessionUpdate(model: string, language: string | undefined, format: object): string {
  return JSON.stringify({
    type: 'session.update',
    event_id: SESSION_EVENT_ID,
    session: {
      type: 'transcription',
      audio: {
        input: {
          format,
          transcription: { model, ...languageHint(model, language) },
          turn_detection: null,
        },
      },
    },
  });
}

/** ISO 639-1, the first part of BCP 47. */
function languageHint(model: string, language: string | undefined): object {
  const primary = language?.split('-')[0]?.toLowerCase() ?? '';
  if (!/^[a-z]{2,3}$/.test(primary)) return {};
  return LANGUAGE_LIST_MODELS.test(model) ? { languages: [primary] } : { language: primary };
}
