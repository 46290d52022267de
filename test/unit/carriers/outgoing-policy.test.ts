import { describe, expect, test } from 'vitest';
import { CallBudget, type DailyCaps } from '../../../src/carriers/call-budget.ts';
import { CallLimits } from '../../../src/carriers/call-limits.ts';
import { CallRates } from '../../../src/carriers/call-rates.ts';
import type { CallLimit } from '../../../src/carriers/carrier.ts';
import { OutgoingPolicy } from '../../../src/carriers/outgoing-policy.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import { monotonicMs } from '../../../src/core/time.ts';

const NUMBER = '+493012345678';
const MINUTE = 60_000;

function policyOf(caps: DailyCaps, accountLimit: CallLimit = {}) {
  const limits = new CallLimits();
  const options = { caps, today: () => '2026-01-31', save: () => undefined };
  const budget = new CallBudget(options, new Map());
  const policy = new OutgoingPolicy({
    rules: { countries: [], allow: [], block: [] },
    rates: new CallRates(new Map(), 1),
    budget,
    limits,
    accountLimit,
  });
  const admit = (callId: string, number = NUMBER) =>
    policy.admit({ callId, accountId: 'me', number }, monotonicMs(0));
  return { policy, limits, budget, admit };
}

function refusalOf(run: () => void): TrunklineError {
  try {
    run();
  } catch (error) {
    if (error instanceof TrunklineError) return error;
  }
  throw new Error('it was not refused');
}

describe('a refusal', () => {
  test.each([
    ['destination-not-allowed', {}, {}, '112'],
    ['daily-cap-reached', { calls: 1 }, {}, NUMBER],
    ['call-rate-exceeded', {}, { maxCallsPerSecond: 1 }, NUMBER],
    ['call-rate-exceeded', {}, { maxCalls: 1 }, NUMBER],
  ])('%s names phone_number', (code, caps, accountLimit, number) => {
    const { admit } = policyOf(caps, accountLimit);
    admit('first');
    const refusal = refusalOf(() => admit('second', number));

    expect(refusal).toMatchObject({ code, field: 'phone_number' });
    expect(refusal.message).toMatch(/^phone_number /);
  });

  test('costs nothing and takes no place', () => {
    const { admit, limits, budget } = policyOf({ minutes: 0 });
    refusalOf(() => admit('a'));

    expect(limits.inUse('account:me')).toBe(0);
    expect(budget.usageOf('me')).toMatchObject({ calls: 0, minutes: 0 });
  });
});

describe('minutes', () => {
  test('count from the answer, each when it begins', () => {
    const { policy, budget, admit } = policyOf({});
    admit('a');
    expect(policy.charge(monotonicMs(10 * MINUTE))).toEqual([]);
    policy.answered('a', monotonicMs(10 * MINUTE));
    policy.charge(monotonicMs(11 * MINUTE - 1));
    expect(budget.usageOf('me').minutes).toBe(1);
    policy.charge(monotonicMs(13 * MINUTE));
    policy.ended('a');

    expect(budget.usageOf('me').minutes).toBe(4);
    expect(policy.charge(monotonicMs(20 * MINUTE))).toEqual([]);
  });

  test('a call whose next minute is not covered has to end', () => {
    const { policy, admit } = policyOf({ minutes: 3 });
    admit('a');
    admit('b');
    for (const id of ['a', 'b']) policy.answered(id, monotonicMs(0));

    expect(policy.charge(monotonicMs(MINUTE))).toEqual(['b']);
  });
});

test('the end gives the place back, and the minute of a call that nobody answered', () => {
  const { policy, limits, budget, admit } = policyOf({ minutes: 1 });
  admit('a');
  policy.ended('a');
  policy.ended('a');
  policy.ended('never begun');

  expect(limits.inUse('account:me')).toBe(0);
  expect(budget.usageOf('me').minutes).toBe(0);
  admit('b');
});

test('a number that a running call is sent to is judged by the same rules', () => {
  const { policy } = policyOf({});
  const refusal = refusalOf(() => policy.checkDestination('+881612345678', 'to'));

  expect(refusal).toMatchObject({ code: 'destination-not-allowed', field: 'to' });
  expect(refusal.message).toMatch(/^to is a satellite number/);
  expect([policy.isAllowed('+881612345678'), policy.isAllowed(NUMBER)]).toEqual([false, true]);
});

test('a call may be diverted to what may be called and costs no more', () => {
  const policy = new OutgoingPolicy({
    rules: { countries: [], allow: [], block: [] },
    rates: new CallRates(new Map([['371', 9]]), 1),
    budget: new CallBudget(
      { caps: {}, today: () => '2026-01-31', save: () => undefined },
      new Map(),
    ),
    limits: new CallLimits(),
    accountLimit: {},
  });

  expect(policy.mayDivert(NUMBER, '+493012345679')).toBe(true);
  expect(policy.mayDivert(NUMBER, '+881612345678')).toBe(false);
  expect(policy.mayDivert(NUMBER, '+37161234567')).toBe(false);
  expect(policy.mayDivert('+37161234567', NUMBER)).toBe(true);
});

test('a national prefix in a number makes it no cheaper', () => {
  const budget = new CallBudget(
    { caps: {}, today: () => '2026-01-31', save: () => undefined },
    new Map(),
  );
  const policy = new OutgoingPolicy({
    rules: { countries: [], allow: [], block: [] },
    rates: new CallRates(new Map([['49151', 9]]), 1),
    budget,
    limits: new CallLimits(),
    accountLimit: {},
  });
  policy.admit({ callId: 'a', accountId: 'me', number: '+49015112345678' }, monotonicMs(0));

  expect(budget.usageOf('me').microUsd).toBe(9);
});
