import { after, type MonotonicMs } from '../core/time.ts';
import type { BargeInOptions } from './agent-spec.ts';
import type { BargeInTrace } from './turn-trace.ts';

export type BargeInAction = 'pause' | 'resume' | 'release' | 'flush';

type State =
  | { readonly name: 'clear' }
  /** Speech that may be a click: the media engine has lowered the agent. */
  | { readonly name: 'ducked' }
  | { readonly name: 'paused-speech'; readonly onsetMs: MonotonicMs }
  | { readonly name: 'paused-quiet'; readonly endMs: MonotonicMs; readonly speechOn: boolean };

const CLEAR: State = { name: 'clear' };

type OpenTrace = Omit<BargeInTrace, 'outcome' | 'heardMs'>;

/**
 * Decides what speech of the caller does to an agent that is being heard.
 *
 * | state         | speech-started | confirmed     | speech-ended   | words | deadline                       |
 * | ------------- | -------------- | ------------- | -------------- | ----- | ------------------------------ |
 * | clear         | ducked         | pause         | -              | flush if speech was confirmed earlier | - |
 * | ducked        | -              | pause         | release, clear | same  | -                              |
 * | paused-speech | -              | -             | paused-quiet   | flush | onset + flushAfterMs: flush    |
 * | paused-quiet  | hold deadline  | paused-speech | run deadline   | flush | end + resumeAfterMs: resume    |
 *
 * One instance serves one playout; it gives an action, the turn engine carries it out.
 */
export class BargeIn {
  readonly #options: BargeInOptions;
  #state: State = CLEAR;
  #wasConfirmed: boolean;
  /** The interruption under way. */
  #open: OpenTrace | undefined;
  /** The last one that paused or flushed the agent. */
  #settled: BargeInTrace | undefined;

  /** `isAfterSpeech`: the words of speech before this playout may still come, and interrupt it. */
  constructor(options: BargeInOptions, isAfterSpeech = false) {
    this.#options = options;
    this.#wasConfirmed = isAfterSpeech;
  }

  get isPaused(): boolean {
    return this.#state.name === 'paused-speech' || this.#state.name === 'paused-quiet';
  }

  get deadline(): MonotonicMs | undefined {
    if (this.#state.name === 'paused-speech') {
      return after(this.#state.onsetMs, this.#options.flushAfterMs);
    }
    if (this.#state.name === 'paused-quiet' && !this.#state.speechOn) {
      return after(this.#state.endMs, this.#options.resumeAfterMs);
    }
    return undefined;
  }

  speechStarted(onsetMs: MonotonicMs): void {
    if (this.#state.name === 'paused-quiet') this.#state = { ...this.#state, speechOn: true };
    if (this.#state.name !== 'clear') return;
    this.#state = { name: 'ducked' };
    this.#open = { onsetMs };
  }

  speechConfirmed(onsetMs: MonotonicMs): BargeInAction | undefined {
    if (this.#state.name === 'paused-speech') return undefined;
    const wasPaused = this.isPaused;
    this.#open ??= { onsetMs };
    this.#wasConfirmed = true;
    this.#state = { name: 'paused-speech', onsetMs };
    return wasPaused ? undefined : 'pause';
  }

  speechEnded(endMs: MonotonicMs): BargeInAction | undefined {
    switch (this.#state.name) {
      case 'ducked':
        this.#state = CLEAR;
        this.#open = undefined;
        return 'release';
      case 'paused-speech':
        this.#state = { name: 'paused-quiet', endMs, speechOn: false };
        return undefined;
      case 'paused-quiet':
        this.#state = { ...this.#state, speechOn: false };
        return undefined;
      default:
        return undefined;
    }
  }

  words(now: MonotonicMs): BargeInAction | undefined {
    if (!this.#wasConfirmed) return undefined;
    if (this.#settled === undefined) this.#open ??= { onsetMs: now };
    return this.#flush();
  }

  digit(atMs: MonotonicMs): BargeInAction {
    this.#open ??= { onsetMs: atMs };
    return this.#flush();
  }

  handleTimeout(now: MonotonicMs): BargeInAction | undefined {
    const due = this.deadline;
    if (due === undefined || due > now) return undefined;
    if (this.#state.name === 'paused-speech') return this.#flush();
    this.#settle('resumed');
    return 'resume';
  }

  /** The playout ended by itself: the next one must not begin lowered or paused. */
  playoutEnded(): 'resume' | 'release' | undefined {
    const { name } = this.#state;
    if (name === 'clear') return undefined;
    if (name !== 'ducked') this.#settle('resumed');
    this.#state = CLEAR;
    return name === 'ducked' ? 'release' : 'resume';
  }

  ducked(atMs: MonotonicMs): void {
    if (this.#open) this.#open = { duckedMs: atMs, ...this.#open };
  }

  silenced(atMs: MonotonicMs): void {
    if (this.#open) this.#open = { stoppedMs: atMs, ...this.#open };
    else if (this.#settled?.outcome === 'flushed') {
      this.#settled = { stoppedMs: atMs, ...this.#settled };
    }
  }

  get trace(): BargeInTrace | undefined {
    return this.#settled;
  }

  #flush(): BargeInAction {
    this.#settle('flushed');
    return 'flush';
  }

  #settle(outcome: BargeInTrace['outcome']): void {
    // Words that come late find the agent speaking again: what they interrupt began with the speech they were said in.
    const begun = this.#open ?? this.#settled;
    if (begun) this.#settled = { ...begun, outcome };
    this.#open = undefined;
    this.#state = CLEAR;
  }
}
