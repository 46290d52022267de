import { Mutator } from '../support/fuzz/mutator.ts';
import { type FuzzTarget, parserTargets } from '../support/fuzz/parser-targets.ts';
import { sdpTarget } from '../support/fuzz/sdp-target.ts';
import { ServerTarget } from '../support/fuzz/server-target.ts';
import { sipCorpus, tortureMessages } from '../support/fuzz/sip-corpus.ts';
import { SeededRandom } from '../support/random/seeded-random.ts';

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  /** Only this one. */
  readonly target?: string;
  /** Stops earlier when this much time is over, in seconds. */
  readonly seconds?: number;
  /** Called now and then with what there is to tell so far. */
  readonly onProgress?: (report: FuzzReport) => void;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly seed: number;
  readonly elapsedSeconds: number;
  /** The longest time of one input, of several tries the shortest, and where it was. */
  readonly slowest: { readonly ms: number; readonly target: string };
  /** Heap in use after a collection, in bytes, from the first measure on. */
  readonly heapBytes: readonly number[];
  readonly passedUp: number;
  readonly worstAmplification: number;
}

/** What went wrong, with the input that it went wrong with. */
export class FuzzFailure extends Error {
  readonly target: string;
  readonly input: string;
  /** How many inputs with this seed lead there. */
  readonly index: number;

  constructor(target: string, input: string, index: number, cause: unknown) {
    super(`${target}, input ${index}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.target = target;
    this.input = input;
    this.index = index;
  }
}

const FUZZ_LIMITS = Object.freeze({
  inputMs: 50,
  /** The heap is measured after so many inputs. */
  measureEvery: 250_000,
  /** It may be so much larger than at the first measure, in bytes. */
  heapGrowthBytes: 24 * 2 ** 20,
});

/** How often a slow input is tried again before it counts as slow: the machine does other things too. */
const RETRIES = 5;
const PROGRESS_EVERY = 10_000;

/** Runs damaged inputs through every parser and the whole server; throws {@link FuzzFailure} for the first that does harm. */
export class SipFuzz {
  readonly #options: FuzzOptions;
  readonly #random: SeededRandom;
  readonly #mutator: Mutator;
  readonly #server: ServerTarget;
  readonly #targets: readonly FuzzTarget[];
  readonly #heapBytes: number[] = [];
  readonly #startedAt = performance.now();
  #slowest = { ms: 0, target: '' };
  #inputs = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    const messages = [...sipCorpus(), ...tortureMessages().values()];
    this.#mutator = new Mutator(this.#random, messages);
    this.#server = new ServerTarget(messages);
    const all = [...parserTargets(messages), sdpTarget(), this.#server];
    const { target } = options;
    this.#targets = target === undefined ? all : all.filter(({ name }) => name === target);
    if (this.#targets.length === 0) throw new RangeError(`there is no target ${target}`);
  }

  run(): FuzzReport {
    const { inputs, seconds = Number.POSITIVE_INFINITY, onProgress } = this.#options;
    while (this.#inputs < inputs && this.#elapsedSeconds() < seconds) {
      this.#runOne();
      if (this.#inputs % FUZZ_LIMITS.measureEvery === 0) this.#measureHeap();
      if (this.#inputs % PROGRESS_EVERY === 0) onProgress?.(this.#report());
    }
    return this.#report();
  }

  #runOne(): void {
    const index = ++this.#inputs;
    const target = this.#targetOf(index);
    if (target === undefined) return;
    const seed = this.#random.pick(target.seeds) ?? '';
    const input = target.mutate?.(seed, this.#random) ?? this.#mutator.mutate(seed);
    const startedAt = performance.now();
    try {
      target.run(input, this.#random);
    } catch (error) {
      throw new FuzzFailure(target.name, input, index, error);
    }
    const ms = performance.now() - startedAt;
    if (ms > this.#slowest.ms) this.#judge(target, input, ms);
  }

  /** The server is what everything ends up in: it gets half of the inputs. */
  #targetOf(index: number): FuzzTarget | undefined {
    const [only, ...more] = this.#targets;
    if (more.length === 0) return only;
    return index % 2 === 0 ? this.#server : this.#targets[(index >> 1) % more.length];
  }

  /** Time on a busy machine is not all ours: what a parser needs is the least processor time of several tries. */
  #judge(target: FuzzTarget, input: string, firstMs: number): void {
    let ms = firstMs;
    const probe = target === this.#server ? new ServerTarget([]) : target;
    for (let left = RETRIES; left > 0 && ms > this.#slowest.ms; left--) {
      const before = process.cpuUsage();
      probe.run(input, new SeededRandom(left));
      const { user, system } = process.cpuUsage(before);
      ms = Math.min(ms, (user + system) / 1_000);
    }
    if (ms <= this.#slowest.ms) return;
    this.#slowest = { ms, target: target.name };
    if (ms <= FUZZ_LIMITS.inputMs) return;
    throw new FuzzFailure(target.name, input, this.#inputs, `took ${ms.toFixed(1)} ms`);
  }

  #measureHeap(): void {
    globalThis.gc?.();
    this.#heapBytes.push(process.memoryUsage().heapUsed);
    const [first = 0] = this.#heapBytes;
    const growth = (this.#heapBytes.at(-1) ?? 0) - first;
    if (globalThis.gc === undefined || growth <= FUZZ_LIMITS.heapGrowthBytes) return;
    throw new FuzzFailure('heap', '', this.#inputs, `grew by ${growth} bytes`);
  }

  #elapsedSeconds(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }

  #report(): FuzzReport {
    const { worstAmplification, passedUp } = this.#server;
    return {
      inputs: this.#inputs,
      seed: this.#options.seed,
      elapsedSeconds: this.#elapsedSeconds(),
      slowest: this.#slowest,
      heapBytes: [...this.#heapBytes],
      passedUp,
      worstAmplification,
    };
  }
}
