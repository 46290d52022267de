import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sendInDialog } from '../../../src/signaling/dialog-request.ts';
import { FakeResponse } from './fake-srf.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a re-INVITE that gets a provisional response and no other fails after 40 s; the call goes on', async () => {
  const sent = sendInDialog(
    { request: (_options, callback) => callback(null, new FakeResponse(100)) },
    { method: 'INVITE', headers: {} },
  );
  const outcome = expect(sent).rejects.toMatchObject({ status: 504 });
  await vi.advanceTimersByTimeAsync(40_000);

  await outcome;
});

test('a final response ends the wait', async () => {
  const response = new FakeResponse(200);
  const sent = sendInDialog(
    { request: (_options, callback) => callback(null, response) },
    { method: 'INFO', headers: {} },
  );

  expect(await sent).toBe(response);
  expect(vi.getTimerCount()).toBe(0);
});
