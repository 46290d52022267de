import { expect, test } from 'vitest';
import { monotonicMs } from '../../../../src/core/time.ts';
import { SessionTimer } from '../../../../src/sip/dialog/session-timer.ts';

/** Everything that comes of a timer, with its time in seconds. */
function timeline(timer: SessionTimer): readonly string[] {
  const events: string[] = [];
  for (let at = timer.pollTimeout(); at !== undefined; at = timer.pollTimeout()) {
    const output = timer.handleTimeout(at);
    if (output !== undefined) events.push(`${at / 1_000} ${output.type}`);
  }
  return events;
}

test.each([
  [1_800, 'us', ['900 refresh', '1768 session-expired']],
  [1_800, 'peer', ['1768 session-expired']],
  [90, 'us', ['45 refresh', '60 session-expired']],
  [90, 'peer', ['60 session-expired']],
  [96, 'peer', ['64 session-expired']],
] as const)('of %i s, %s refreshing: %j (RFC 4028 10)', (intervalSeconds, refresher, events) => {
  const timer = new SessionTimer({ intervalSeconds, refresher }, monotonicMs(0));

  expect(timeline(timer)).toEqual(events);
});

test('starts again with every refresh, and the roles may change (RFC 4028 7.4)', () => {
  const timer = new SessionTimer({ intervalSeconds: 1_800, refresher: 'us' }, monotonicMs(0));
  timer.refreshed({ intervalSeconds: 600, refresher: 'peer' }, monotonicMs(900_000));

  expect(timeline(timer)).toEqual(['1468 session-expired']);
});

test('a refused refresh is tried again until the session expires', () => {
  const timer = new SessionTimer({ intervalSeconds: 90, refresher: 'us' }, monotonicMs(0));
  timer.handleTimeout(monotonicMs(45_000));
  timer.retry(10_000, monotonicMs(45_000));

  expect(timeline(timer)).toEqual(['55 refresh', '60 session-expired']);
});
