import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LiveCalls } from '../../../src/signaling/live-calls.ts';
import { SrfExchange } from '../../../src/signaling/srf-exchange.ts';
import { FakeRequest, FakeResponse, FakeSrf } from './fake-srf.ts';

const REQUEST = { uri: 'sip:gw', method: 'OPTIONS', headers: {} };

function exchange() {
  const srf = new FakeSrf();
  const liveCalls = new LiveCalls(() => undefined);
  const { outcome } = new SrfExchange({ srf, request: REQUEST, timeoutMs: 1_000, liveCalls });
  const [sent] = srf.requests;
  if (sent === undefined) throw new Error('nothing was sent');
  return { liveCalls, outcome, sent };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a request outside of a dialog', () => {
  test('ends with its final response, which may be in the same piece of input', async () => {
    const { outcome, sent, liveCalls } = exchange();
    const request = new FakeRequest('OPTIONS');
    sent.callback(null, request);
    request.emit('response', new FakeResponse(100));
    request.emit('response', new FakeResponse(486));

    expect(await outcome).toMatchObject({ status: 486, reason: 'reason of 486' });
    expect(liveCalls.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('without one in time is 408, and a later one is nobody\u2019s', async () => {
    const { outcome, sent } = exchange();
    const request = new FakeRequest('OPTIONS');
    sent.callback(null, request);
    vi.advanceTimersByTime(1_000);
    request.emit('response', new FakeResponse(200));

    expect(await outcome).toMatchObject({ status: 408, response: undefined });
  });

  test('that the server refuses to send is 503 with its words', async () => {
    const { outcome, sent } = exchange();
    sent.callback(new Error('can not send request to myself'));

    expect(await outcome).toMatchObject({ status: 503, reason: 'can not send request to myself' });
  });

  test('ends with the connection', async () => {
    const { outcome, liveCalls } = exchange();
    liveCalls.loseAll('connection lost');

    expect(await outcome).toMatchObject({ status: 503, reason: 'connection lost' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
