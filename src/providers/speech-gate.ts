export interface SpeechGateOptions {
  readonly sampleRateHz: number;
  /** Audio from before the VAD's decision that belongs to the speech. */
  readonly preRollMs: number;
  /** Audio handed over at a time: a websocket message costs more than 20 ms of audio are worth. */
  readonly batchMs: number;
}

/**
 * Lets through what the VAD calls speech, with a run-up, in batches: a recogniser that is told when speech ends needs no silence,
 * and is neither paid nor sent a message for it.
 */
export class SpeechGate {
  readonly #preRoll: SampleRing;
  readonly #batch: Int16Array;
  readonly #onBatch: (samples: Int16Array) => void;
  #batched = 0;
  #open = false;

  /** @param onBatch gets a view that is valid until it returns. */
  constructor(options: SpeechGateOptions, onBatch: (samples: Int16Array) => void) {
    const samplesOf = (ms: number) => Math.ceil((ms * options.sampleRateHz) / 1_000);
    this.#preRoll = new SampleRing(samplesOf(options.preRollMs));
    this.#batch = new Int16Array(samplesOf(options.batchMs));
    this.#onBatch = onBatch;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  write(samples: Int16Array): void {
    if (!this.#open) {
      this.#preRoll.push(samples);
      return;
    }
    let rest = samples;
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#batch.length - this.#batched);
      this.#batch.set(taken, this.#batched);
      this.#batched += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#batched === this.#batch.length) this.#flush();
    }
  }

  /** Speech began: what was heard shortly before goes out at once. */
  start(): void {
    if (this.#open) return;
    this.#open = true;
    const before = this.#preRoll.take();
    if (before.length > 0) this.#onBatch(before);
  }

  /** Speech ended: the unfinished batch goes out at once. */
  end(): void {
    this.#flush();
    this.#open = false;
  }

  #flush(): void {
    if (this.#batched > 0) this.#onBatch(this.#batch.subarray(0, this.#batched));
    this.#batched = 0;
  }
}

/** The newest samples, as many as fit. */
class SampleRing {
  readonly #samples: Int16Array;
  #next = 0;
  #filled = 0;

  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  push(samples: Int16Array): void {
    const capacity = this.#samples.length;
    const newest = samples.subarray(Math.max(0, samples.length - capacity));
    const untilEnd = Math.min(newest.length, capacity - this.#next);
    this.#samples.set(newest.subarray(0, untilEnd), this.#next);
    this.#samples.set(newest.subarray(untilEnd), 0);
    this.#next = capacity === 0 ? 0 : (this.#next + newest.length) % capacity;
    this.#filled = Math.min(capacity, this.#filled + newest.length);
  }

  /** All of it, oldest first; empty afterwards. */
  take(): Int16Array {
    const capacity = this.#samples.length;
    const taken = new Int16Array(this.#filled);
    const oldest = (this.#next - this.#filled + capacity) % Math.max(1, capacity);
    const untilEnd = Math.min(this.#filled, capacity - oldest);
    taken.set(this.#samples.subarray(oldest, oldest + untilEnd));
    taken.set(this.#samples.subarray(0, this.#filled - untilEnd), untilEnd);
    this.#filled = 0;
    this.#next = 0;
    return taken;
  }
}
