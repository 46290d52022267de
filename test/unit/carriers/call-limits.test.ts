import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallLimits, type CallReservation } from '../../../src/carriers/call-limits.ts';
import { monotonicMs } from '../../../src/core/time.ts';

function taken(result: ReturnType<CallLimits['reserve']>): CallReservation {
  if ('refused' in result) throw new Error(result.refused);
  return result;
}

test('one call more than the limit is refused, and says whose limit it is', () => {
  const limits = new CallLimits();
  const gateway = { key: 'g', name: 'gateway g', maxCalls: 2 };
  const carrier = { key: 'c', name: 'carrier c', maxCalls: 3 };
  const first = taken(limits.reserve([gateway, carrier], monotonicMs(0)));
  taken(limits.reserve([gateway, carrier], monotonicMs(0)));

  expect(limits.reserve([gateway, carrier], monotonicMs(0))).toEqual({
    refused: 'gateway g has all of its 2 calls in use',
    by: 'calls',
  });
  expect(limits.inUse('c')).toBe(2);
  first.release();
  first.release();
  expect(limits.inUse('g')).toBe(1);
  taken(limits.reserve([gateway, carrier], monotonicMs(0)));
});

test('a refusal by one takes no place of the others', () => {
  const limits = new CallLimits();
  const full = { key: 'full', name: 'full', maxCalls: 0 };
  limits.reserve([{ key: 'free', name: 'free' }, full], monotonicMs(0));

  expect(limits.inUse('free')).toBe(0);
});

test('calls per second: within any second, however the calls end', () => {
  const limits = new CallLimits();
  const scope = { key: 'g', name: 'gateway g', maxCallsPerSecond: 2 };
  const at = (ms: number) => limits.reserve([scope], monotonicMs(ms));
  taken(at(0)).release();
  taken(at(600)).release();

  expect(at(999)).toEqual({ refused: 'gateway g takes 2 calls per second', by: 'rate' });
  taken(at(1_000));
  expect(at(1_500)).toHaveProperty('refused');
  taken(at(1_600));
});

test('whatever is reserved and released, the count is that of the reservations held', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('reserve' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ type: fc.constant('release' as const), index: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const limits = new CallLimits();
      const reservations: { key: string; held: CallReservation; isHeld: boolean }[] = [];
      const countOf = (key: string) =>
        reservations.filter((each) => each.key === key && each.isHeld).length;
      for (const [index, each] of steps.entries()) {
        if (each.type === 'reserve') {
          const scope = { key: each.key, name: each.key, maxCalls: 4 };
          const result = limits.reserve([scope], monotonicMs(index));
          expect('refused' in result).toBe(countOf(each.key) >= 4);
          if (!('refused' in result)) {
            reservations.push({ key: each.key, held: result, isHeld: true });
          }
        } else {
          const reservation = reservations[each.index];
          reservation?.held.release();
          if (reservation) reservation.isHeld = false;
        }
      }
      for (const key of ['a', 'b', 'c']) expect(limits.inUse(key)).toBe(countOf(key));
    }),
  );
});

test('what is not in use is forgotten', () => {
  const limits = new CallLimits();
  for (let index = 0; index < 5_000; index += 1) {
    const scope = { key: `g${index}`, name: 'g', maxCallsPerSecond: 1 };
    taken(limits.reserve([scope], monotonicMs(index * 10))).release();
  }

  expect(limits.size).toBeLessThan(1_100);
});
