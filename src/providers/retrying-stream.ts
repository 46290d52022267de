import { TrunklineError } from '../core/errors.ts';
import { abortedError, ProviderError, toProviderError } from './provider-error.ts';

/** One way to get the stream. The signal ends it: by the caller, by a deadline, or because the consumer stopped. */
export interface StreamAttempt<T> {
  readonly source: string;
  /** Attempts of the same provider are skipped once it answered that asking again is useless. */
  readonly provider: string;
  open(signal: AbortSignal): AsyncIterable<T>;
}

export interface StreamBudget {
  /** From the request to the first event, all attempts together. */
  readonly firstEventMs: number;
  /** Longest wait between two events afterwards. */
  readonly stallMs: number;
}

/**
 * Tries the attempts in turn until one gives its first event; what has been given out is never taken back, so that an error after
 * it goes to the consumer. Rejects with a {@link TrunklineError}, `provider-aborted` when `signal` ended it.
 */
export async function* retryingStream<T>(
  attempts: readonly StreamAttempt<T>[],
  budget: StreamBudget,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const deadlineMs = performance.now() + budget.firstEventMs;
  let pending = attempts;
  while (true) {
    const [attempt, ...rest] = pending;
    if (!attempt) return;
    const remainingMs = deadlineMs - performance.now();
    // The earlier the attempt, the more likely it answers: 2/3 and 1/3 of the time, or 1/2, 1/3 and 1/6.
    const limitMs = (remainingMs * 2) / (pending.length + 1);
    const run = new AttemptRun(attempt, { firstEventMs: limitMs, stallMs: budget.stallMs }, signal);
    try {
      yield* run.events();
      return;
    } catch (error) {
      if (run.started || signal.aborted) throw error;
      pending = await nextAttempts(error, attempt, rest, { deadlineMs, signal });
    }
  }
}

interface RetryContext {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** The attempts worth making after `error`, once it is time to; throws `error` when there is none. */
async function nextAttempts<T>(
  error: unknown,
  failed: StreamAttempt<T>,
  rest: readonly StreamAttempt<T>[],
  context: RetryContext,
): Promise<readonly StreamAttempt<T>[]> {
  const waitMs = error instanceof ProviderError ? (error.retryAfterMs ?? 0) : 0;
  const inTime = performance.now() + waitMs < context.deadlineMs;
  const again = error instanceof TrunklineError && error.retryable && inTime;
  const next = again ? rest : rest.filter((attempt) => attempt.provider !== failed.provider);
  if (next.length === 0 || performance.now() >= context.deadlineMs) throw error;
  if (next[0]?.provider === failed.provider && waitMs > 0) {
    await pause(waitMs, failed.source, context.signal);
  }
  return next;
}

function pause(delayMs: number, source: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortedError(source));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** One attempt under its deadlines. Ends at once when told to, even when the provider does not. */
class AttemptRun<T> {
  started = false;
  readonly #attempt: StreamAttempt<T>;
  readonly #budget: StreamBudget;
  readonly #outer: AbortSignal;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #interrupt: (error: TrunklineError) => void = () => {};

  constructor(attempt: StreamAttempt<T>, budget: StreamBudget, outer: AbortSignal) {
    this.#attempt = attempt;
    this.#budget = budget;
    this.#outer = outer;
  }

  async *events(): AsyncGenerator<T, void, undefined> {
    if (this.#outer.aborted) throw abortedError(this.#attempt.source);
    const onAbort = () => this.#interrupt(abortedError(this.#attempt.source));
    this.#outer.addEventListener('abort', onAbort, { once: true });
    const iterator = this.#attempt.open(this.#controller.signal)[Symbol.asyncIterator]();
    try {
      while (true) {
        const result = await this.#next(iterator);
        if (result.done) return;
        this.started = true;
        yield result.value;
        if (this.#outer.aborted) throw abortedError(this.#attempt.source);
      }
    } finally {
      this.#outer.removeEventListener('abort', onAbort);
      this.#controller.abort();
      // Not awaited: a provider that hangs must not hold up the caller; what it still says is of no interest.
      iterator.return?.(undefined).catch(() => undefined);
    }
  }

  #next(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#interrupt = (error) => {
        clearTimeout(this.#timer);
        reject(error);
      };
      const limitMs = this.started ? this.#budget.stallMs : this.#budget.firstEventMs;
      const late = new ProviderError('provider-timeout', `${this.#attempt.source}: timed out`);
      this.#timer = setTimeout(() => reject(late), Math.max(0, limitMs));
      iterator.next().then(
        (result) => {
          clearTimeout(this.#timer);
          resolve(result);
        },
        (error: unknown) => {
          clearTimeout(this.#timer);
          reject(toProviderError(error, this.#attempt.source));
        },
      );
    });
  }
}
