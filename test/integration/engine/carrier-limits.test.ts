import { expect, test } from 'vitest';
import { Phone } from '../../support/engine/phone.ts';
import { RunningEngine } from '../../support/engine/running-engine.ts';
import { until } from '../../support/engine/until.ts';

test('callers of a carrier find it busy when all of its places are taken', async ({
  onTestFinished,
}) => {
  const running = await RunningEngine.start({
    carriers: [{ name: 'small', inbound: ['127.0.0.1/32'], maxCalls: 1 }],
  });
  onTestFinished(() => running.close());
  const call = () => Phone.call({ remote: running.remote });
  const first = await call();
  const second = await call();
  expect([first, second].map(({ answer }) => answer.status)).toEqual([200, 486]);
  await second.hangUp();
  await first.hangUp();
  await until('the place is free', () => (running.engine.activeCalls === 0 ? true : undefined));
  const third = await call();
  onTestFinished(() => third.hangUp());

  expect(third.answer.status).toBe(200);
});
