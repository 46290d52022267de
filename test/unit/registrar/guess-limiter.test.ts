import { expect, test } from 'vitest';
import { GUESS_LIMITS, GuessLimiter } from '../../../src/registrar/guess-limiter.ts';

test('guesses of earlier minutes are forgotten', () => {
  const limiter = new GuessLimiter();
  for (let minute = 0; minute < 100; minute++) {
    const silenced = Array.from({ length: GUESS_LIMITS.perSource - 1 }, () =>
      limiter.noteWrong('192.0.2.1', 'alice', minute * GUESS_LIMITS.windowMs),
    );
    expect(silenced).not.toContain(true);
  }
});

test('an IPv6 source is its network', () => {
  const limiter = new GuessLimiter();
  for (let i = 0; i < GUESS_LIMITS.perSource; i++) limiter.noteWrong(`2001:db8::${i}`, 'alice', 0);
  expect(limiter.isSilenced('2001:db8::ffff', 0)).toBe(true);
  expect(limiter.isSilenced('2001:db8:0:1::1', 0)).toBe(false);
});
