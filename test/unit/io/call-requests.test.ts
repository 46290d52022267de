import { once } from 'node:events';
import { expect, test } from 'vitest';
import { CallRequests } from '../../../src/io/call-requests.ts';
import { settled } from '../../support/call/virtual-clock.ts';

function untilAborted(log: string[], name: string): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await once(signal, 'abort');
    log.push(name);
  };
}

test('cancelling a turn aborts each of its requests and no other', async () => {
  const requests = new CallRequests();
  const aborted: string[] = [];
  requests.run(1, untilAborted(aborted, 'first of 1'));
  requests.run(1, untilAborted(aborted, 'second of 1'));
  requests.run(2, untilAborted(aborted, 'of 2'));

  requests.cancel(1);
  await settled();

  expect(aborted).toEqual(['first of 1', 'second of 1']);
  expect(requests.size).toBe(1);
});

test('cancelAll aborts every request', async () => {
  const requests = new CallRequests();
  const aborted: string[] = [];
  requests.run(1, untilAborted(aborted, 'of 1'));
  requests.run(2, untilAborted(aborted, 'of 2'));

  requests.cancelAll();
  await settled();

  expect(aborted).toEqual(['of 1', 'of 2']);
  expect(requests.size).toBe(0);
});

test('a request that ended is forgotten', async () => {
  const requests = new CallRequests();

  requests.run(1, () => Promise.resolve());
  await settled();

  expect(requests.size).toBe(0);
});

test('a request of a turn that was cancelled before may be cancelled again', async () => {
  const requests = new CallRequests();
  const aborted: string[] = [];
  requests.run(1, untilAborted(aborted, 'before'));
  requests.cancel(1);
  requests.run(1, untilAborted(aborted, 'after'));
  await settled();

  expect(requests.size).toBe(1);
  requests.cancel(1);
  await settled();

  expect(aborted).toEqual(['before', 'after']);
});
