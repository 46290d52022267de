import type { Caller } from '../caller/caller.ts';
import { nowMs } from '../caller/rtp-stream.ts';
import type { Clip, Clips } from './clips.ts';
import type { Timeline } from './timeline.ts';

/** What the caller measured at its own socket, in milliseconds. */
export interface CallerMeasurements {
  /** From the last packet of each thing said to the first packet of the answer. */
  readonly gapsMs: readonly number[];
  /** From the first packet of the interruption to the last one in which the agent was heard. */
  readonly silentAfterMs: number;
}

/** A real model may take its time. */
const ANSWER_LIMIT_MS = 15_000;
const SPEECH_LIMIT_MS = 40_000;
/** As long as a person waits before taking the turn: longer than an agent's pause between two sentences. */
const TURN_PAUSE_MS = 900;
const INTERRUPT_AFTER_MS = 1_300;
const STOP_LIMIT_MS = 2_000;
/** Agent packets end for this long: it has stopped, also when it was between two words. */
const STOPPED_MS = 300;
const LAST_WORD = 'last word';
const DIGITS = ['1', '2', '#'];

/** The caller's part: two questions, an interruption, three keys. Every step waits for what is heard, none for a time. */
export class Conversation {
  readonly #caller: Caller;
  readonly #clips: Clips;
  readonly #timeline: Timeline;
  readonly #gapsMs: number[] = [];

  constructor(caller: Caller, clips: Clips, timeline: Timeline) {
    this.#caller = caller;
    this.#clips = clips;
    this.#timeline = timeline;
  }

  /** Rejects with what did not happen. */
  async hold(): Promise<CallerMeasurements> {
    const { firstQuestion, secondQuestion, interruption } = this.#clips;
    await this.#step('the greeting', async () => {
      const atMs = await this.#caller.hearsSpeech(this.#caller.answeredMs, ANSWER_LIMIT_MS);
      this.#timeline.line(atMs, 'agent', 'speaks');
      await this.#hearToTheEnd();
    });
    await this.#step('the first question', async () => {
      await this.#ask(firstQuestion);
      await this.#hearToTheEnd();
    });
    await this.#step('the second question', () => this.#ask(secondQuestion));
    const silentAfterMs = await this.#step('the interruption', () => this.#interrupt(interruption));
    await this.#step('the keys', async () => {
      await this.#press();
      await this.#hearToTheEnd();
    });
    return { gapsMs: this.#gapsMs, silentAfterMs };
  }

  async #ask(clip: Clip): Promise<void> {
    this.#timeline.line(nowMs(), 'caller', `"${clip.text}"`);
    const { lastPacketMs } = await this.#caller.say(clip.samples);
    await this.#hearAnswer(lastPacketMs, LAST_WORD);
  }

  async #interrupt(clip: Clip): Promise<number> {
    await this.#caller.hearsMore(INTERRUPT_AFTER_MS, ANSWER_LIMIT_MS);
    this.#timeline.mark(nowMs(), 'the caller interrupts');
    this.#timeline.line(nowMs(), 'caller', `"${clip.text}"`);
    const saying = this.#caller.say(clip.samples);
    const lastHeardMs = await this.#caller.hearsSilence(STOPPED_MS, STOP_LIMIT_MS);
    const said = await saying;
    await this.#hearAnswer(said.lastPacketMs, LAST_WORD);
    await this.#hearToTheEnd();
    return lastHeardMs - said.firstPacketMs;
  }

  async #press(): Promise<void> {
    this.#timeline.line(nowMs(), 'caller', `presses ${DIGITS.join(' ')}`);
    let releasedMs = 0;
    for (const digit of DIGITS) releasedMs = await this.#caller.press(digit);
    await this.#hearAnswer(releasedMs, 'last key');
  }

  async #hearAnswer(sinceMs: number, what: string): Promise<void> {
    const atMs = await this.#caller.hearsSpeech(sinceMs, ANSWER_LIMIT_MS);
    this.#gapsMs.push(atMs - sinceMs);
    const gap = Math.round(atMs - sinceMs);
    this.#timeline.line(atMs, 'agent', `speaks, ${gap} ms after the caller's ${what}`);
  }

  async #hearToTheEnd(): Promise<void> {
    await this.#caller.hearsSilence(TURN_PAUSE_MS, SPEECH_LIMIT_MS);
  }

  async #step<T>(name: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`at ${name}: ${reason}`, { cause: error });
    }
  }
}
