import { pcmDurationMs } from '../../../src/audio/pcm-frame.ts';
import { monotonicMs } from '../../../src/core/time.ts';
import type { MediaInput, TurnOutput } from '../../../src/voice/turn-io.ts';

/** A slot: how long after a pause or flush the first silent packet goes out. */
const SLOT_MS = 20;

type Item = { readonly audioMs: number } | { readonly markId: number };

interface Playout {
  readonly id: number;
  readonly items: Item[];
  isStarted: boolean;
  isFinished: boolean;
  playedMs: number;
}

export interface TimedEvent {
  readonly atMs: number;
  readonly event: MediaInput;
}

/** The media engine's playout queue in virtual time, without slots: audio lasts exactly as long as it is. */
export class VirtualPlayout {
  readonly #playouts: Playout[] = [];
  readonly #events: TimedEvent[] = [];
  #playingSinceMs = 0;
  #isPaused = false;
  #ducks = true;

  get isPlaying(): boolean {
    const current = this.#playouts[0];
    return current?.isStarted === true && !this.#isPaused;
  }

  get ducks(): boolean {
    return this.#ducks;
  }

  handle(output: TurnOutput, nowMs: number): void {
    switch (output.type) {
      case 'playout-write':
        this.#append(output.playoutId, { audioMs: pcmDurationMs(output.audio) }, nowMs);
        return;
      case 'playout-mark':
        this.#append(output.playoutId, { markId: output.markId }, nowMs);
        return;
      case 'playout-finish':
        this.#wake(nowMs);
        this.#playout(output.playoutId).isFinished = true;
        return;
      case 'playout-flush':
        this.#flush(nowMs);
        return;
      case 'playout-pause':
        this.#settle(nowMs);
        this.#isPaused = true;
        this.#silence(nowMs);
        return;
      case 'playout-resume':
        this.#isPaused = false;
        this.#playingSinceMs = nowMs;
        return;
      case 'duck-on-speech':
        this.#ducks = output.enabled;
        return;
      default:
    }
  }

  nextAtMs(): number | undefined {
    const times = this.#events.map(({ atMs }) => atMs);
    const playing = this.#nextItemEndMs();
    if (playing !== undefined) times.push(playing);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The next thing that happens at `nowMs`, if any does. */
  take(nowMs: number): TimedEvent | undefined {
    const ready = this.#events.findIndex(({ atMs }) => atMs <= nowMs);
    if (ready >= 0) return this.#events.splice(ready, 1)[0];
    const endMs = this.#nextItemEndMs();
    return endMs !== undefined && endMs <= nowMs ? this.#playItem(endMs) : undefined;
  }

  #append(id: number, item: Item, nowMs: number): void {
    this.#wake(nowMs);
    this.#playout(id).items.push(item);
  }

  /** Audio that comes after a gap begins now. */
  #wake(nowMs: number): void {
    if (this.#nextItemEndMs() === undefined) this.#playingSinceMs = nowMs;
  }

  #playout(id: number): Playout {
    const known = this.#playouts.find((playout) => playout.id === id);
    if (known) return known;
    const playout = { id, items: [], isStarted: false, isFinished: false, playedMs: 0 };
    this.#playouts.push(playout);
    return playout;
  }

  #nextItemEndMs(): number | undefined {
    const current = this.#playouts[0];
    if (current === undefined || this.#isPaused) return undefined;
    const item = current.items[0];
    if (item === undefined) return current.isFinished ? this.#playingSinceMs : undefined;
    if (!current.isStarted || 'markId' in item) return this.#playingSinceMs;
    return this.#playingSinceMs + item.audioMs;
  }

  #playItem(atMs: number): TimedEvent | undefined {
    const current = this.#playouts[0];
    if (current === undefined) return undefined;
    const stamp = { atMs: monotonicMs(atMs), playoutId: current.id };
    if (!current.isStarted) {
      current.isStarted = true;
      return { atMs, event: { type: 'playout-started', ...stamp } };
    }
    this.#playingSinceMs = atMs;
    const item = current.items.shift();
    if (item === undefined) return this.#end(current, atMs, 'completed');
    if ('markId' in item) {
      return { atMs, event: { type: 'mark-reached', markId: item.markId, ...stamp } };
    }
    current.playedMs += item.audioMs;
    return this.take(atMs);
  }

  /** Counts what was played of the item under way. */
  #settle(nowMs: number): void {
    const current = this.#playouts[0];
    const item = current?.items[0];
    if (!current?.isStarted || this.#isPaused || item === undefined || 'markId' in item) return;
    const playedMs = Math.min(item.audioMs, nowMs - this.#playingSinceMs);
    current.playedMs += playedMs;
    current.items[0] = { audioMs: item.audioMs - playedMs };
  }

  #flush(nowMs: number): void {
    this.#settle(nowMs);
    for (const playout of [...this.#playouts]) {
      this.#events.push(this.#end(playout, nowMs, 'flushed'));
    }
    if (!this.#isPaused) this.#silence(nowMs);
    this.#isPaused = false;
  }

  #end(playout: Playout, atMs: number, reason: 'completed' | 'flushed'): TimedEvent {
    this.#playouts.splice(this.#playouts.indexOf(playout), 1);
    const { id: playoutId, playedMs } = playout;
    const event = { type: 'playout-ended', playoutId, reason, playedMs } as const;
    return { atMs, event: { ...event, atMs: monotonicMs(atMs) } };
  }

  #silence(nowMs: number): void {
    const atMs = nowMs + SLOT_MS;
    this.#events.push({ atMs, event: { type: 'silenced', atMs: monotonicMs(atMs) } });
  }
}
