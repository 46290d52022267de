import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TrunklineError } from '../../../src/core/errors.ts';
import { httpStatusError, protocolError } from '../../../src/providers/provider-error.ts';
import { retryingStream, type StreamAttempt } from '../../../src/providers/retrying-stream.ts';

const BUDGET = { firstEventMs: 900, stallMs: 500 };

/** What one attempt does: gives events, throws, waits, or hangs whatever it is told. */
type Step = { give: string } | { fail: Error } | { waitMs: number } | { hang: true };

const seen: { opened: string[]; ended: string[] } = { opened: [], ended: [] };

function attempt(provider: string, ...steps: readonly Step[]): StreamAttempt<string> {
  return {
    provider,
    source: provider,
    open: (signal) => {
      seen.opened.push(provider);
      signal.addEventListener('abort', () => seen.ended.push(provider));
      return play(steps);
    },
  };
}

async function* play(steps: readonly Step[]): AsyncGenerator<string> {
  for (const step of steps) {
    if ('give' in step) yield step.give;
    else if ('fail' in step) throw step.fail;
    else if ('waitMs' in step) await new Promise((done) => setTimeout(done, step.waitMs));
    else await new Promise(() => undefined);
  }
}

interface Outcome {
  readonly events: string[];
  readonly error: TrunklineError | undefined;
  readonly tookMs: number;
}

/** Runs the stream to its end in virtual time. */
async function run(
  attempts: readonly StreamAttempt<string>[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const startMs = performance.now();
  const events: string[] = [];
  const outcome = (async (): Promise<Outcome> => {
    try {
      for await (const event of retryingStream(attempts, BUDGET, signal)) events.push(event);
      return { events, error: undefined, tookMs: performance.now() - startMs };
    } catch (error) {
      return { events, error: error as TrunklineError, tookMs: performance.now() - startMs };
    }
  })();
  await vi.runAllTimersAsync();
  return outcome;
}

beforeEach(() => {
  vi.useFakeTimers();
  seen.opened = [];
  seen.ended = [];
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const OVERLOADED = httpStatusError(503, 'a');

describe('a stream with one retry', () => {
  test('the first attempt is the only one when it works', async () => {
    const outcome = await run([attempt('a', { give: 'x' }, { give: 'y' }), attempt('a')]);
    expect(outcome).toMatchObject({ events: ['x', 'y'], error: undefined });
    expect(seen.opened).toEqual(['a']);
  });

  test('a failure before the first event is tried again', async () => {
    const outcome = await run([attempt('a', { fail: OVERLOADED }), attempt('a', { give: 'x' })]);
    expect(outcome).toMatchObject({ events: ['x'], error: undefined });
  });

  test('a failure after the first event is the consumer’s', async () => {
    const outcome = await run([
      attempt('a', { give: 'x' }, { fail: OVERLOADED }),
      attempt('a', { give: 'y' }),
    ]);
    expect(outcome.events).toEqual(['x']);
    expect(outcome.error).toBe(OVERLOADED);
    expect(seen.opened).toEqual(['a']);
  });

  test('what asking again cannot change is not asked again', async () => {
    const rejected = httpStatusError(401, 'a');
    const outcome = await run([attempt('a', { fail: rejected }), attempt('a', { give: 'x' })]);
    expect(outcome.error).toBe(rejected);
    expect(seen.opened).toEqual(['a']);
  });

  test('the second failure is the one reported', async () => {
    const second = protocolError('a', 'second');
    const outcome = await run([attempt('a', { fail: OVERLOADED }), attempt('a', { fail: second })]);
    expect(outcome.error).toBe(second);
  });

  test('two hanging attempts share the budget', async () => {
    const outcome = await run([attempt('a', { hang: true }), attempt('a', { hang: true })]);
    expect(outcome.error?.code).toBe('provider-timeout');
    expect(outcome.tookMs).toBeCloseTo(BUDGET.firstEventMs, 0);
    expect(seen).toEqual({ opened: ['a', 'a'], ended: ['a', 'a'] });
  });

  test('a first attempt that hangs leaves time for the second', async () => {
    const outcome = await run([
      attempt('a', { hang: true }),
      attempt('a', { waitMs: 250 }, { give: 'x' }),
    ]);
    expect(outcome).toMatchObject({ events: ['x'], error: undefined });
  });

  test('a stall in the middle ends the stream', async () => {
    const outcome = await run([attempt('a', { give: 'x' }, { hang: true }), attempt('a')]);
    expect(outcome.events).toEqual(['x']);
    expect(outcome.error?.code).toBe('provider-timeout');
    expect(outcome.tookMs).toBeCloseTo(BUDGET.stallMs, 0);
  });

  test('the time a slow consumer takes is not the provider’s', async () => {
    const stream = retryingStream(
      [attempt('a', { give: 'x' }, { give: 'y' })],
      BUDGET,
      new AbortController().signal,
    );
    expect((await stream.next()).value).toBe('x');
    await vi.advanceTimersByTimeAsync(10 * BUDGET.stallMs);
    expect((await stream.next()).value).toBe('y');
    expect((await stream.next()).done).toBe(true);
  });

  test('Retry-After is waited for when the budget allows it', async () => {
    const later = httpStatusError(429, 'a', { retryAfter: '0.3' });
    const outcome = await run([attempt('a', { fail: later }), attempt('a', { give: 'x' })]);
    expect(outcome.events).toEqual(['x']);
    expect(outcome.tookMs).toBeCloseTo(300, 0);
  });

  test('Retry-After beyond the budget is a failure at once', async () => {
    const later = httpStatusError(429, 'a', { retryAfter: '20' });
    const outcome = await run([attempt('a', { fail: later }), attempt('a', { give: 'x' })]);
    expect(outcome.error).toBe(later);
    expect(outcome.tookMs).toBe(0);
  });

  test('an error that is not ours becomes ours', async () => {
    const outcome = await run([attempt('a', { fail: new SyntaxError('secret') })]);
    expect(outcome.error).toMatchObject({
      code: 'provider-protocol',
      message: 'a: malformed answer',
    });
  });
});

describe('a fallback', () => {
  test('takes over after the retry', async () => {
    const outcome = await run([
      attempt('a', { fail: OVERLOADED }),
      attempt('a', { fail: OVERLOADED }),
      attempt('b', { give: 'x' }),
    ]);
    expect(outcome.events).toEqual(['x']);
    expect(seen.opened).toEqual(['a', 'a', 'b']);
  });

  test('takes over at once when the first provider refuses for good', async () => {
    const outcome = await run([
      attempt('a', { fail: httpStatusError(401, 'a') }),
      attempt('a'),
      attempt('b', { give: 'x' }),
    ]);
    expect(outcome.events).toEqual(['x']);
    expect(seen.opened).toEqual(['a', 'b']);
  });

  test('does not wait for the first provider’s Retry-After', async () => {
    const later = httpStatusError(429, 'a', { retryAfter: '20' });
    const outcome = await run([
      attempt('a', { fail: later }),
      attempt('a'),
      attempt('b', { give: 'x' }),
    ]);
    expect(outcome).toMatchObject({ events: ['x'], tookMs: 0 });
  });

  test('gets a share of the budget when the others hang', async () => {
    const outcome = await run([
      attempt('a', { hang: true }),
      attempt('a', { hang: true }),
      attempt('b', { waitMs: 80 }, { give: 'x' }),
    ]);
    expect(outcome).toMatchObject({ events: ['x'], error: undefined });
  });
});

describe('an abort', () => {
  test('ends a hanging attempt at once and is not retried', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const outcome = await run([attempt('a', { hang: true }), attempt('a')], controller.signal);
    expect(outcome).toMatchObject({ error: { code: 'provider-aborted' }, tookMs: 50 });
    expect(seen).toEqual({ opened: ['a'], ended: ['a'] });
  });

  test('before the start opens nothing', async () => {
    const outcome = await run([attempt('a', { give: 'x' })], AbortSignal.abort());
    expect(outcome.error?.code).toBe('provider-aborted');
    expect(seen.opened).toEqual([]);
  });

  test('ends the wait for Retry-After', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const later = httpStatusError(429, 'a', { retryAfter: '0.3' });
    const attempts = [attempt('a', { fail: later }), attempt('a', { give: 'x' })];
    const outcome = await run(attempts, controller.signal);
    expect(outcome).toMatchObject({ error: { code: 'provider-aborted' }, tookMs: 50 });
  });

  test('between two events gives no more of them', async () => {
    const controller = new AbortController();
    const stream = retryingStream(
      [attempt('a', { give: 'x' }, { give: 'y' })],
      BUDGET,
      controller.signal,
    );
    await stream.next();
    controller.abort();
    await expect(stream.next()).rejects.toMatchObject({ code: 'provider-aborted' });
  });

  test('a consumer that stops reading ends the attempt', async () => {
    const stream = retryingStream(
      [attempt('a', { give: 'x' }, { give: 'y' })],
      BUDGET,
      new AbortController().signal,
    );
    await stream.next();
    await stream.return();
    expect(seen.ended).toEqual(['a']);
  });
});
