import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import { CALL_BODY, startApi } from './api-fixture.ts';

const headers = { 'idempotency-key': 'order-2026-0001' };

describe('Idempotency-Key', () => {
  test('of 64 parallel POSTs with one key one call comes into being', async () => {
    const api = await startApi();
    const answers = await Promise.all(
      Array.from({ length: 64 }, () =>
        api.request('POST', '/v1/calls', { body: CALL_BODY, headers }),
      ),
    );

    expect(api.gateway.created).toHaveLength(1);
    const created = answers.filter((answer) => answer.status === 201);
    const ids = new Set(created.map((answer) => answer.json.call_id));
    expect([...ids]).toEqual([api.gateway.created[0]?.callId]);
    const running = answers.filter((answer) => answer.status === 409);
    expect(created.length + running.length).toBe(64);
    for (const answer of running) expect(answer.headers.get('retry-after')).toBe('1');
  });

  test('a repeated request gets the same answer, marked as replayed', async () => {
    const api = await startApi();
    const first = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });
    const second = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });

    expect(second).toMatchObject({ status: 201, json: first.json });
    expect(first.headers.has('idempotent-replayed')).toBe(false);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(api.gateway.created).toHaveLength(1);
  });

  test('the same key for a different request is a conflict', async () => {
    const api = await startApi();
    await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });
    const body = { ...CALL_BODY, voice: 'echo' };
    const answer = await api.request('POST', '/v1/calls', { body, headers });

    expect(answer).toMatchObject({
      status: 409,
      json: { type: 'https://api.topcalls.ai/errors/idempotency_conflict' },
    });
    expect(answer.headers.has('retry-after')).toBe(false);
  });

  test('a refused body is replayed as refused', async () => {
    const api = await startApi();
    const first = await api.request('POST', '/v1/calls', { body: {}, headers });
    const second = await api.request('POST', '/v1/calls', { body: {}, headers });

    expect(first.status).toBe(400);
    expect(second).toMatchObject({ status: 400, json: first.json });
    expect(second.headers.get('content-type')).toContain('application/problem+json');
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  test('an answer 503 is not kept: the same request may succeed later', async () => {
    const api = await startApi();
    api.gateway.refusal = new TrunklineError('media-ports-exhausted', 'no port is free');
    const first = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });
    api.gateway.active = 5;
    const second = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });
    api.gateway.active = 0;
    const third = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });

    expect([first.status, second.status, third.status]).toEqual([503, 503, 201]);
    expect(api.gateway.created).toHaveLength(1);
  });

  test('a call that the gateway refuses for good is replayed as refused', async () => {
    const api = await startApi();
    api.gateway.refusal = new TrunklineError('no-route', 'no carrier takes this number');
    const first = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });
    const second = await api.request('POST', '/v1/calls', { body: CALL_BODY, headers });

    expect(second).toMatchObject({ status: 400, json: first.json });
    expect(api.gateway.created).toEqual([]);
  });

  test('stop runs once per key', async () => {
    const api = await startApi();
    const { json } = await api.request('POST', '/v1/calls', { body: CALL_BODY });
    const path = `/v1/calls/${json.call_id}/stop`;
    const first = await api.request('POST', path, { headers });
    const second = await api.request('POST', path, { headers });

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(api.gateway.commands).toHaveLength(1);
  });

  test.each([
    ['that is short', 'short'],
    ['with a space', 'with space'],
    ['of 256 characters', 'x'.repeat(256)],
    ['that is not ASCII', 'ümlaut-key'],
  ])('a key %s is refused', async (_name, key) => {
    const api = await startApi();
    const bytes = Buffer.from(key, 'utf8').toString('latin1');
    const answer = await api.request('POST', '/v1/calls', {
      body: CALL_BODY,
      headers: { 'idempotency-key': bytes },
    });

    expect(answer).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'Idempotency-Key' }] },
    });
  });
});
