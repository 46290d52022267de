import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BudgetHold,
  CallBudget,
  type DailyCaps,
  type DailyUsage,
} from '../../../src/carriers/call-budget.ts';

const CENT = 10_000;

function budgetOf(caps: DailyCaps, kept: ReadonlyMap<string, DailyUsage> = new Map()) {
  const saved: DailyUsage[] = [];
  const clock = { today: '2026-01-31' };
  const budget = new CallBudget(
    { caps, today: () => clock.today, save: (_account, usage) => saved.push(usage) },
    kept,
  );
  return { budget, saved, clock };
}

function held(result: ReturnType<CallBudget['begin']>): BudgetHold {
  if ('refused' in result) throw new Error(result.refused);
  return result;
}

describe('a cap', () => {
  test.each([
    [{ microUsd: 2 * CENT }, 'the account has spent its 0.02 USD of today'],
    [{ minutes: 2 }, 'the account has used its 2 minutes of today'],
    [{ calls: 2 }, 'the account has placed its 2 calls of today'],
  ])('%j: the third call is refused', (caps, refused) => {
    const { budget } = budgetOf(caps);
    held(budget.begin('me', CENT));
    held(budget.begin('me', CENT));

    expect(budget.begin('me', CENT)).toEqual({ refused });
    held(budget.begin('somebody else', CENT));
  });

  test('holds with 50 calls at once, whatever they do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 * CENT }),
        fc.array(fc.tuple(fc.nat(49), fc.constantFrom<Step[]>('begin', 'extend', 'drop', 'end')), {
          maxLength: 300,
        }),
        (cap, steps) => {
          const { budget } = budgetOf({ microUsd: cap });
          const calls = new Map<number, BudgetHold>();
          for (const [index, step] of steps) {
            play(budget, calls, index, step);
            const { microUsd, minutes } = budget.usageOf('me');
            expect(microUsd).toBeLessThanOrEqual(cap);
            expect(microUsd).toBe(minutes * CENT);
            expect(minutes).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });
});

test('a running call ends with the minute that is paid', () => {
  const { budget } = budgetOf({ microUsd: 3 * CENT });
  const call = held(budget.begin('me', CENT));

  expect([call.extend(), call.extend(), call.extend()]).toEqual([true, true, false]);
});

test('a call that nobody answered costs nothing, one that was does, each settled once', () => {
  const { budget } = budgetOf({ microUsd: 2 * CENT });
  const ringing = held(budget.begin('me', CENT));
  const talking = held(budget.begin('me', CENT));
  for (const each of [1, 2]) {
    ringing.settle(false);
    talking.settle(true);
    expect(each).toBeGreaterThan(0);
  }

  expect(budget.usageOf('me')).toMatchObject({ calls: 2, minutes: 1, microUsd: CENT });
  expect(talking.extend()).toBe(false);
});

test('a day is new at midnight UTC; what was paid the day before is not given back then', () => {
  const { budget, clock } = budgetOf({ microUsd: CENT });
  const call = held(budget.begin('me', CENT));
  clock.today = '2026-02-01';
  call.settle(false);

  expect(budget.usageOf('me')).toEqual({ day: '2026-02-01', calls: 0, minutes: 0, microUsd: 0 });
  held(budget.begin('me', CENT));
});

test('a restart goes on where the day was', () => {
  const { saved } = withOneCall();
  const kept = new Map([['me', saved.at(-1) ?? expect.fail()]]);
  const { budget } = budgetOf({ microUsd: CENT }, kept);

  expect(budget.begin('me', CENT)).toHaveProperty('refused');
});

function withOneCall() {
  const made = budgetOf({ microUsd: CENT });
  held(made.budget.begin('me', CENT));
  return made;
}

type Step = 'begin' | 'extend' | 'drop' | 'end';

function play(budget: CallBudget, calls: Map<number, BudgetHold>, at: number, step: Step): void {
  const call = calls.get(at);
  if (step === 'extend') call?.extend();
  else if (step !== 'begin') call?.settle(step === 'end');
  else if (call === undefined) {
    const result = budget.begin('me', CENT);
    if (!('refused' in result)) calls.set(at, result);
  }
}
