import { expect, test } from 'vitest';
import { CallBudget } from '../../../src/carriers/call-budget.ts';
import { CallLimits } from '../../../src/carriers/call-limits.ts';
import { CallRates } from '../../../src/carriers/call-rates.ts';
import { ChargedLegs } from '../../../src/carriers/charged-legs.ts';
import { OutgoingPolicy } from '../../../src/carriers/outgoing-policy.ts';
import { monotonicMs } from '../../../src/core/time.ts';

const NUMBER = '+493012345678';
const MINUTE_MS = 60_000;

function legs(minutes: number) {
  const budget = new CallBudget(
    { caps: { minutes }, today: () => '2026-01-01', save: () => undefined },
    new Map(),
  );
  const policy = new OutgoingPolicy({
    rules: { allow: [], block: [], countries: [] },
    rates: new CallRates(new Map(), 1),
    budget,
    limits: new CallLimits(),
    accountLimit: {},
  });
  const charged = new ChargedLegs(policy, 'me');
  const reserve = () => {
    const leg = charged.reserve(NUMBER, () => monotonicMs(0));
    if ('refused' in leg) throw new Error(leg.refused);
    return leg;
  };
  return { charged, policy, reserve, used: () => budget.usageOf('me').minutes };
}

test('a leg pays its minutes from the answer on', () => {
  const { policy, reserve, used } = legs(10);
  const leg = reserve();
  leg.answered(() => undefined);
  policy.charge(monotonicMs(2 * MINUTE_MS));
  leg.release();
  leg.release();

  expect(used()).toBe(3);
});

test('the minute of a leg that nobody answered is given back', () => {
  const { reserve, used } = legs(10);
  reserve().release();

  expect(used()).toBe(0);
});

test('without a minute left there is no leg', () => {
  const { charged, reserve } = legs(1);
  reserve();

  expect(charged.reserve(NUMBER, () => monotonicMs(0))).toEqual({
    refused: expect.stringContaining('1 minutes of today'),
  });
});

test('a leg whose next minute is not covered is hung up, and no other call', () => {
  const { charged, policy, reserve } = legs(1);
  const reasons: string[] = [];
  reserve().answered((reason) => reasons.push(reason));
  const broke = policy.charge(monotonicMs(MINUTE_MS));

  expect(broke.map((id) => charged.stop(id))).toEqual([true]);
  expect(charged.stop('another call')).toBe(false);
  expect(reasons).toEqual(['Q.850;cause=21;text="Daily cap reached"']);
});
