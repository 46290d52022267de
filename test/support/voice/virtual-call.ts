import { TrunklineError } from '../../../src/core/errors.ts';
import { type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import type { AgentSpec } from '../../../src/voice/agent-spec.ts';
import type { LlmEvent, LlmRequest, TtsRequest } from '../../../src/voice/ports.ts';
import { TurnEngine } from '../../../src/voice/turn-engine.ts';
import type { TurnInput, TurnOutput } from '../../../src/voice/turn-io.ts';
import type { TurnTrace } from '../../../src/voice/turn-trace.ts';
import { describeOutput } from './describe-output.ts';
import { turnAgent } from './turn-agent.ts';
import { VirtualPlayout } from './virtual-playout.ts';

/** The VAD's delays, as the media engine has them with its defaults. */
const DETECT_MS = 32;
const CONFIRM_MS = 64;
const HANGOVER_MS = 96;
/** Synthesised speech: so much audio per character. */
const MS_PER_CHAR = 50;

export type LlmStep =
  | { readonly afterMs: number; readonly event: LlmEvent }
  | { readonly afterMs: number; readonly error: TrunklineError };

/** What the model does with its nth request; nothing at all is a stall. */
export type LlmScript = (request: LlmRequest, nth: number) => readonly LlmStep[];

export type TtsOutcome = 'ok' | 'error' | 'rejected' | 'stall' | 'cut';

export interface VirtualCallOptions {
  readonly agent?: Partial<AgentSpec>;
  readonly llm?: LlmScript;
  readonly ttsFirstByteMs?: number;
  /** How synthesis number `nth` goes. */
  readonly tts?: (request: TtsRequest, nth: number) => TtsOutcome;
}

/** A reply that comes word by word: the first after `firstTokenMs`, then one every 10 ms. */
export function says(text: string, firstTokenMs = 200): readonly LlmStep[] {
  const words = text.match(/\S+\s*/gu) ?? [];
  const steps = words.map((delta, index) => ({
    afterMs: firstTokenMs + index * 10,
    event: { type: 'text', delta } as const,
  }));
  const doneMs = firstTokenMs + words.length * 10;
  return [...steps, { afterMs: doneMs, event: { type: 'done' } }];
}

export function providerError(code: 'provider-unreachable' | 'provider-rejected'): TrunklineError {
  return new TrunklineError(code, 'scripted');
}

/** A caller, providers and a playout around one turn engine, all in virtual time. */
export class VirtualCall {
  readonly engine: TurnEngine;
  /** Every output with the time it came at. */
  readonly timeline: string[] = [];
  readonly traces: TurnTrace[] = [];
  readonly requests: LlmRequest[] = [];
  readonly #options: VirtualCallOptions;
  readonly #playout = new VirtualPlayout();
  readonly #events: { readonly atMs: number; readonly run: () => void }[] = [];
  #nowMs = 0;
  #syntheses = 0;

  constructor(options: VirtualCallOptions = {}) {
    this.#options = options;
    this.engine = new TurnEngine({ agent: turnAgent(options.agent) }, monotonicMs(0));
    this.at(0, () => ({ type: 'start' }));
  }

  /** Gives the engine an input at a time of the script. */
  at(atMs: number, input: (at: MonotonicMs) => TurnInput): this {
    this.#schedule(atMs, () => this.#tell(input(monotonicMs(atMs))));
    return this;
  }

  /** The caller speaks; the recogniser gives the words `finalAfterMs` after the end. Without words it gives nothing. */
  speech(fromMs: number, toMs: number, words?: string, finalAfterMs = 100): this {
    const onsetMs = monotonicMs(fromMs);
    const endMs = monotonicMs(toMs);
    this.at(fromMs + DETECT_MS, (atMs) => ({ type: 'speech-started', atMs, onsetMs }));
    if (toMs - fromMs >= CONFIRM_MS) {
      this.at(fromMs + CONFIRM_MS, (atMs) => ({ type: 'speech-confirmed', atMs, onsetMs }));
    }
    this.at(toMs + HANGOVER_MS, (atMs) => ({ type: 'speech-ended', atMs, onsetMs, endMs }));
    return words === undefined ? this : this.final(toMs + finalAfterMs, words);
  }

  interim(atMs: number, text: string): this {
    return this.at(atMs, () => ({ type: 'stt-interim', transcript: { text } }));
  }

  final(atMs: number, text: string): this {
    return this.at(atMs, () => ({ type: 'stt-final', transcript: { text } }));
  }

  digit(atMs: number, digit: string): this {
    return this.at(atMs, (at) => ({ type: 'dtmf', atMs: at, digit }));
  }

  stop(atMs: number): this {
    return this.at(atMs, () => ({ type: 'stop' }));
  }

  /** Lets everything happen that is due until then, in order. Gives the timeline, a line per output. */
  run(untilMs: number, sinceMs = 0): string {
    for (let at = this.#nextAtMs(); at !== undefined && at <= untilMs; at = this.#nextAtMs()) {
      this.#nowMs = Math.max(this.#nowMs, at);
      this.#happen();
    }
    const shown = this.timeline.filter((line) => Number.parseFloat(line) >= sinceMs);
    return shown.join('\n');
  }

  #nextAtMs(): number | undefined {
    const times = [this.#playout.nextAtMs(), this.#events[0]?.atMs, this.engine.pollTimeout()];
    const known = times.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #happen(): void {
    const played = this.#playout.take(this.#nowMs);
    if (played) {
      this.#tell(played.event);
      return;
    }
    const next = this.#events[0];
    if (next && next.atMs <= this.#nowMs) {
      this.#events.shift();
      next.run();
      return;
    }
    this.engine.handleTimeout(monotonicMs(this.#nowMs));
    this.#drain();
  }

  #schedule(atMs: number, run: () => void): void {
    const later = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(later < 0 ? this.#events.length : later, 0, { atMs, run });
  }

  #tell(input: TurnInput): void {
    if (input.type === 'speech-started' && this.#playout.isPlaying && this.#playout.ducks) {
      this.at(this.#nowMs, (atMs) => ({ type: 'ducked', atMs }));
    }
    this.engine.handleInput(input, monotonicMs(this.#nowMs));
    this.#drain();
  }

  #drain(): void {
    for (let output = this.engine.pollOutput(); output; output = this.engine.pollOutput()) {
      this.timeline.push(`${this.#nowMs} ${describeOutput(output)}`);
      this.#playout.handle(output, this.#nowMs);
      this.#answer(output);
    }
  }

  #answer(output: TurnOutput): void {
    if (output.type === 'llm-start') this.#reply(output.turnId, output.request);
    else if (output.type === 'tts-start') this.#synthesize(output);
    else if (output.type === 'turn') this.traces.push(output.trace);
  }

  #reply(turnId: number, request: LlmRequest): void {
    this.requests.push(request);
    const script = this.#options.llm ?? (() => says('Fine, thanks.'));
    for (const step of script(request, this.requests.length)) {
      const atMs = this.#nowMs + step.afterMs;
      if ('error' in step) this.at(atMs, () => ({ type: 'llm-error', turnId, error: step.error }));
      else this.at(atMs, () => ({ type: 'llm-event', turnId, event: step.event }));
    }
  }

  #synthesize({ turnId, sentenceId, request }: Extract<TurnOutput, { type: 'tts-start' }>): void {
    const outcome = this.#options.tts?.(request, ++this.#syntheses) ?? 'ok';
    const atMs = this.#nowMs + (this.#options.ttsFirstByteMs ?? 100);
    const sentence = { turnId, sentenceId };
    const error = providerError(
      outcome === 'rejected' ? 'provider-rejected' : 'provider-unreachable',
    );
    if (outcome === 'stall') return;
    if (outcome === 'error' || outcome === 'rejected') {
      this.at(atMs, () => ({ type: 'tts-error', ...sentence, error }));
      return;
    }
    const samples = new Int16Array((request.text.length * MS_PER_CHAR * 8) / 2);
    const audio = { samples, sampleRateHz: 8_000 };
    this.at(atMs, () => ({ type: 'tts-audio', ...sentence, audio }));
    if (outcome === 'cut') {
      this.at(atMs + 10, () => ({ type: 'tts-error', ...sentence, error }));
      return;
    }
    this.at(atMs + 10, () => ({ type: 'tts-audio', ...sentence, audio }));
    this.at(atMs + 10, () => ({ type: 'tts-done', ...sentence }));
  }
}
