import { after, type MonotonicMs } from '../core/time.ts';
import type { EndpointingOptions } from './agent-spec.ts';
import { type CallerTurn, CallerWords, isSameWording } from './caller-turn.ts';
import type { SttTranscript } from './ports.ts';
import type { TurnTrace } from './turn-trace.ts';

/** The caller has said what there is to answer. */
export interface Endpoint {
  readonly endpointMs: MonotonicMs;
  readonly reason: NonNullable<TurnTrace['endpointReason']>;
  readonly turn: CallerTurn;
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'speaking' }
  | { readonly name: 'silent'; readonly endMs: MonotonicMs }
  | { readonly name: 'waiting'; readonly endMs: MonotonicMs }
  | { readonly name: 'ended'; readonly endpoint: Endpoint };

const IDLE: State = { name: 'idle' };

/**
 * Decides when the caller's turn is over. All deadlines count from the arrival of the last speech packet (`endMs`), so no
 * frame, slot or event-loop delay is added to the configured waits.
 *
 * | state    | confirmed speech | speech end | final transcript                        | deadline                              |
 * | -------- | ---------------- | ---------- | --------------------------------------- | ------------------------------------- |
 * | idle     | speaking         | -          | words: silent (speech the VAD missed)   | -                                     |
 * | speaking | -                | silent     | collect                                 | -                                     |
 * | silent   | speaking         | -          | from minSilenceMs on: ended             | minSilenceMs: ended; silenceMs: waiting |
 * | waiting  | speaking         | -          | ended (no words: idle)                  | transcriptWaitMs: interim, or idle    |
 * | ended    | speaking, joined | -          | other words: ended anew                 | -                                     |
 *
 * Speech that the VAD never confirmed suspends the deadline while it lasts and is then forgotten.
 */
export class Endpointing {
  readonly #options: EndpointingOptions;
  #state: State = IDLE;
  #words = new CallerWords();
  #speechOn = false;
  #unconfirmedEndMs: MonotonicMs | undefined;
  #speechStartMs: MonotonicMs | undefined;
  #speechEndMs: MonotonicMs | undefined;
  #finalMs: MonotonicMs | undefined;
  /** When the last input came that could make an endpoint possible. */
  #changedMs: MonotonicMs;
  #endedOnInterim = false;
  /** A turn was handed over on its interim text: its final may still come and is not a new turn. */
  #isFinalOverdue = false;

  constructor(options: EndpointingOptions, now: MonotonicMs) {
    this.#options = options;
    this.#changedMs = now;
  }

  get endpoint(): Endpoint | undefined {
    return this.#state.name === 'ended' ? this.#state.endpoint : undefined;
  }

  /** The caller speaks, or what was said is not decided yet. */
  get isOpen(): boolean {
    return this.#speechOn || (this.#state.name !== 'idle' && this.#state.name !== 'ended');
  }

  get deadline(): MonotonicMs | undefined {
    if (this.#speechOn) return undefined;
    if (this.#state.name === 'silent')
      return after(this.#state.endMs, this.#silenceMs(this.#state.endMs));
    if (this.#state.name !== 'waiting') return undefined;
    const { silenceMs, transcriptWaitMs } = this.#options;
    return after(this.#state.endMs, silenceMs + transcriptWaitMs);
  }

  speechStarted(): void {
    this.#speechOn = true;
  }

  speechConfirmed(onsetMs: MonotonicMs): void {
    this.#speechOn = true;
    this.#isFinalOverdue = false;
    this.#speechStartMs ??= onsetMs;
    this.#state = { name: 'speaking' };
  }

  speechEnded(endMs: MonotonicMs, now: MonotonicMs): void {
    this.#speechOn = false;
    this.#changedMs = now;
    if (this.#state.name === 'speaking') {
      this.#speechEndMs = endMs;
      this.#state = { name: 'silent', endMs };
    } else {
      this.#unconfirmedEndMs = endMs;
      this.#openWithoutVad(endMs);
    }
    this.handleTimeout(now);
  }

  interim(transcript: SttTranscript): void {
    if (!this.#isFinalOverdue) this.#words.setInterim(transcript);
  }

  final(transcript: SttTranscript, now: MonotonicMs): void {
    if (this.#isFinalOverdue) {
      this.#isFinalOverdue = false;
      return;
    }
    this.#words.addFinal(transcript);
    this.#finalMs = now;
    this.#endedOnInterim = false;
    this.#changedMs = now;
    if (this.#state.name === 'waiting') {
      this.#end('silence', after(this.#state.endMs, this.#options.silenceMs));
    } else if (this.#state.name === 'ended') {
      this.#endAnew(this.#state.endpoint);
    } else {
      this.#openWithoutVad(this.#unconfirmedEndMs ?? now);
      this.handleTimeout(now);
    }
  }

  /** Digits are words. They end the turn, unless speech is under way: that has an end of its own. */
  pressed(digits: string, atMs: MonotonicMs): void {
    this.#words.addText(`[pressed ${digits}]`);
    if (!this.isOpen) this.#end('dtmf', atMs);
  }

  handleTimeout(now: MonotonicMs): void {
    for (let due = this.deadline; due !== undefined && due <= now; due = this.deadline) {
      this.#expire(due);
    }
  }

  /** Hands the turn over for good: what comes from now on is the next one. Undefined: nothing was said. */
  take(): CallerTurn | undefined {
    const text = this.#words.best;
    const turn = text === '' ? undefined : (this.endpoint?.turn ?? this.#turn(text));
    const isSpeaking = this.#state.name === 'speaking';
    this.#isFinalOverdue = this.#state.name === 'ended' && this.#endedOnInterim;
    this.#forget();
    if (isSpeaking) this.#state = { name: 'speaking' };
    return turn;
  }

  #silenceMs(endMs: MonotonicMs): number {
    const isTranscribed = this.#finalMs !== undefined && this.#finalMs >= endMs;
    return isTranscribed ? this.#options.minSilenceMs : this.#options.silenceMs;
  }

  #expire(due: MonotonicMs): void {
    if (this.#state.name === 'waiting') {
      this.#end('silence', after(this.#state.endMs, this.#options.silenceMs));
    } else if (this.#state.name === 'silent') {
      const { endMs } = this.#state;
      const isTranscribed = this.#finalMs !== undefined && this.#finalMs >= endMs;
      if (isTranscribed) this.#end('transcript', later(due, this.#changedMs));
      else this.#state = { name: 'waiting', endMs };
    }
  }

  /** Words without speech that the VAD believed in: a turn all the same. */
  #openWithoutVad(endMs: MonotonicMs): void {
    if (this.#state.name !== 'idle' || this.#speechOn || this.#words.final === '') return;
    this.#state = { name: 'silent', endMs };
  }

  #end(reason: Endpoint['reason'], endpointMs: MonotonicMs): void {
    const text = this.#words.best;
    this.#endedOnInterim = this.#words.hasInterim;
    if (text === '') this.#forget();
    else this.#state = { name: 'ended', endpoint: { endpointMs, reason, turn: this.#turn(text) } };
  }

  #endAnew(endpoint: Endpoint): void {
    const text = this.#words.best;
    if (text === '' || isSameWording(text, endpoint.turn.text)) return;
    this.#state = { name: 'ended', endpoint: { ...endpoint, turn: this.#turn(text) } };
  }

  #turn(text: string): CallerTurn {
    return {
      text,
      ...(this.#words.audio && { audio: this.#words.audio }),
      ...(this.#speechStartMs !== undefined && { speechStartMs: this.#speechStartMs }),
      ...(this.#speechEndMs !== undefined && { speechEndMs: this.#speechEndMs }),
      ...(this.#finalMs !== undefined && { transcriptFinalMs: this.#finalMs }),
    };
  }

  #forget(): void {
    this.#words = new CallerWords();
    this.#speechStartMs = undefined;
    this.#speechEndMs = undefined;
    this.#unconfirmedEndMs = undefined;
    this.#finalMs = undefined;
    this.#state = IDLE;
  }
}

function later(left: MonotonicMs, right: MonotonicMs): MonotonicMs {
  return left > right ? left : right;
}
