import type { PcmFrame } from '../audio/pcm-frame.ts';
import type { CallInput, VoiceCommand, VoiceInput } from '../call/call-io.ts';
import { TrunklineError } from '../core/errors.ts';
import type { MediaEvent, SessionRateHz } from '../media/media-engine.ts';
import type { AgentSpec } from '../voice/agent-spec.ts';
import type { LlmRequest, SttStream, TtsRequest, VoiceProviders } from '../voice/ports.ts';
import { CallRequests } from './call-requests.ts';

type ProviderCommand = Extract<
  VoiceCommand,
  { type: 'stt-open' | 'providers-close' | 'llm-start' | 'llm-cancel' | 'tts-start' | 'tts-cancel' }
>;

/** Carries out what one call asks of its recogniser, model and synthesiser, and tells it their answers. */
export class CallVoice {
  readonly #providers: VoiceProviders;
  readonly #agent: AgentSpec;
  readonly #tell: (input: CallInput) => void;
  readonly #replies = new CallRequests();
  readonly #speeches = new CallRequests();
  #stt: SttStream | undefined;
  #isClosed = false;

  constructor(providers: VoiceProviders, agent: AgentSpec, tell: (input: CallInput) => void) {
    this.#providers = providers;
    this.#agent = agent;
    this.#tell = tell;
  }

  handleCommand(command: ProviderCommand): void {
    if (this.#isClosed) return;
    switch (command.type) {
      case 'stt-open':
        this.#openStt(command.sampleRateHz);
        break;
      case 'llm-start':
        this.#replies.run(command.turnId, (signal) =>
          this.#reply(command.turnId, command.request, signal),
        );
        break;
      case 'llm-cancel':
        this.#replies.cancel(command.turnId);
        break;
      case 'tts-start':
        this.#speeches.run(command.turnId, (signal) => this.#speak(command, signal));
        break;
      case 'tts-cancel':
        this.#speeches.cancel(command.turnId);
        break;
      default:
        this.close();
    }
  }

  /** Caller audio, on the frame path. */
  write(samples: Int16Array): void {
    this.#stt?.write(samples);
  }

  /** The recogniser hears of our VAD's decisions before the turn engine acts on them. */
  hint(event: MediaEvent): void {
    if (event.type === 'speech-started') this.#stt?.speechStarted(event.onsetMs);
    else if (event.type === 'speech-ended') this.#stt?.speechEnded(event.endMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#replies.cancelAll();
    this.#speeches.cancelAll();
    this.#stt?.close();
    this.#stt = undefined;
  }

  #openStt(sampleRateHz: SessionRateHz): void {
    const { language } = this.#agent;
    try {
      this.#stt = this.#providers.stt.open(
        { language, sampleRateHz },
        {
          onInterim: (transcript) => this.#tellVoice({ type: 'stt-interim', transcript }),
          onFinal: (transcript) => this.#tellVoice({ type: 'stt-final', transcript }),
          onError: (error) => this.#tellVoice({ type: 'stt-error', error }),
        },
      );
    } catch (error) {
      this.#tellVoice({ type: 'stt-error', error: providerErrorOf(error) });
    }
  }

  async #reply(turnId: number, request: LlmRequest, signal: AbortSignal): Promise<void> {
    try {
      let isDone = false;
      for await (const event of this.#providers.llm.reply(request, signal)) {
        if (signal.aborted) return;
        if (event.type === 'audio') checkPlayable(event.audio);
        isDone ||= event.type === 'done';
        this.#tellVoice({ type: 'llm-event', turnId, event });
      }
      if (isDone || signal.aborted) return;
      this.#tellVoice({ type: 'llm-event', turnId, event: { type: 'done' } });
    } catch (error) {
      if (signal.aborted) return;
      this.#tellVoice({ type: 'llm-error', turnId, error: providerErrorOf(error) });
    }
  }

  async #speak(
    { turnId, sentenceId, request }: { turnId: number; sentenceId: number; request: TtsRequest },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const audio of this.#providers.tts.synthesize(request, signal)) {
        if (signal.aborted) return;
        checkPlayable(audio);
        this.#tellVoice({ type: 'tts-audio', turnId, sentenceId, audio });
      }
      if (!signal.aborted) this.#tellVoice({ type: 'tts-done', turnId, sentenceId });
    } catch (error) {
      if (signal.aborted) return;
      this.#tellVoice({ type: 'tts-error', turnId, sentenceId, error: providerErrorOf(error) });
    }
  }

  #tellVoice(input: VoiceInput): void {
    if (!this.#isClosed) this.#tell({ type: 'voice', input });
  }
}

function providerErrorOf(error: unknown): TrunklineError {
  if (error instanceof TrunklineError) return error;
  // Its own words may hold what was said, and a thrown value may have none.
  const message = 'The provider failed in a way of its own.';
  return new TrunklineError('provider-protocol', message, { cause: error });
}

/** Neither the turn engine nor the media engine has to ask how long a second is. */
function checkPlayable({ sampleRateHz }: PcmFrame): void {
  if (Number.isInteger(sampleRateHz) && sampleRateHz >= 8_000 && sampleRateHz <= 48_000) return;
  throw new TrunklineError('provider-protocol', `Audio at ${sampleRateHz} Hz cannot be played.`);
}
