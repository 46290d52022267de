import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Call } from '../../../src/call/call.ts';
import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { drain, INPUTS, type InputName } from '../../support/call/call-trace.ts';
import { FakeTurns } from '../../support/call/fake-turns.ts';
import { callSpec } from '../../support/call/specs.ts';

const STEPS = fc.array(
  fc.oneof(
    fc.constantFrom(...(Object.keys(INPUTS) as InputName[])),
    // The orders that get somewhere are rare among all orders.
    fc.constantFrom<InputName[]>('media-opened', 'answered', '180'),
    fc.integer({ min: 1, max: 40_000 }),
  ),
  { maxLength: 20 },
);

interface Run {
  readonly call: Call;
  readonly outputs: readonly string[];
}

/** Feeds the steps (a number lets time pass), ends the call, and runs its clock down. */
function run(direction: 'inbound' | 'outbound', steps: readonly (InputName | number)[]): Run {
  let now: MonotonicMs = monotonicMs(0);
  const spec = callSpec({ direction, record: true });
  const call = new Call({ spec, createTurns: () => new FakeTurns() }, now);
  const outputs = drain(call);
  for (const step of [...steps, 'shutdown' as const]) {
    if (typeof step === 'number') {
      now = after(now, step);
      call.handleTimeout(now);
    } else {
      call.handleInput(INPUTS[step], now);
    }
    outputs.push(...drain(call));
  }
  for (let at = call.pollTimeout(); at !== undefined; at = call.pollTimeout()) {
    call.handleTimeout(at);
    outputs.push(...drain(call));
  }
  return { call, outputs };
}

function count(outputs: readonly string[], pattern: RegExp): number {
  return outputs.filter((output) => pattern.test(output)).length;
}

const DIRECTIONS = fc.constantFrom('inbound' as const, 'outbound' as const);

test('whatever comes in whatever order, a call ends once, finishes once and leaves no timer', () => {
  fc.assert(
    fc.property(DIRECTIONS, STEPS, (direction, steps) => {
      const { call, outputs } = run(direction, steps);

      expect(count(outputs, /^:ended/)).toBe(1);
      expect(count(outputs, /^:finished$/)).toBe(1);
      expect(outputs.indexOf(':finished')).toBeGreaterThan(
        outputs.findIndex((output) => output.startsWith(':ended')),
      );
      expect(count(outputs, /^providers-close$/)).toBe(1);
      expect(call.pollTimeout()).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test('whatever comes in whatever order, nothing is reported behind the end, nor after it', () => {
  fc.assert(
    fc.property(DIRECTIONS, STEPS, (direction, steps) => {
      const { call, outputs } = run(direction, steps);
      for (const late of steps) {
        if (typeof late !== 'number') call.handleInput(INPUTS[late], monotonicMs(1e9));
      }

      const behind = [...outputs.slice(outputs.indexOf(':finished') + 1), ...drain(call)];
      expect(behind.filter((output) => output.startsWith(':'))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever comes in whatever order, media and recording are closed at most once', () => {
  fc.assert(
    fc.property(DIRECTIONS, STEPS, (direction, steps) => {
      const { outputs } = run(direction, steps);
      const begins = count(outputs, /^recording-start$/);

      expect(count(outputs, /^media-close$/)).toBeLessThanOrEqual(1);
      expect(count(outputs, /^recording-stop$/)).toBeLessThanOrEqual(begins);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever comes in whatever order, each signalling obligation is ended at most once', () => {
  fc.assert(
    fc.property(DIRECTIONS, STEPS, (direction, steps) => {
      const { outputs } = run(direction, steps);

      expect(count(outputs, /^reject /)).toBeLessThanOrEqual(1);
      expect(count(outputs, /^(answer|dial)$/)).toBeLessThanOrEqual(1);
      expect(count(outputs, /^cancel$/)).toBeLessThanOrEqual(count(outputs, /^dial$/));
      expect(count(outputs, /^hangup$/)).toBeLessThanOrEqual(1);
      // Rejected is never also answered.
      if (count(outputs, /^reject /) > 0) expect(count(outputs, /^(answer|hangup)$/)).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

test('an answered call that the far end did not end gets a BYE, whatever else came', () => {
  const noise = STEPS.map((steps) =>
    steps.filter((step) => step !== 'BYE' && step !== 'media-unavailable'),
  );
  fc.assert(
    fc.property(DIRECTIONS, noise, (direction, steps) => {
      const { outputs } = run(direction, ['media-opened', 'answered', ...steps]);

      expect(count(outputs, /^hangup$/)).toBe(1);
    }),
    { numRuns: 1_000 },
  );
});
