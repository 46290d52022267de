import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CallEvent } from '../../../src/call/call-event.ts';
import { systemClock } from '../../../src/store/wall-clock.ts';
import { API_KEY, CALL_BODY, startApi, type TestApi } from './api-fixture.ts';

describe('authentication', () => {
  test.each([
    ['no header', ''],
    ['another scheme', `Basic ${API_KEY}`],
    ['no key', 'Bearer '],
    ['a wrong key', `Bearer ${API_KEY}x`],
    ['half a key', `Bearer ${API_KEY.slice(0, -1)}`],
    ['a huge key', `Bearer ${'a'.repeat(5_000)}`],
    ['two keys', `Bearer ${API_KEY} ${API_KEY}`],
  ])('%s is 401', async (_name, authorization) => {
    const api = await startApi();
    for (const [method, path] of [
      ['POST', '/v1/calls'],
      ['GET', '/v1/calls'],
      ['GET', '/v1/calls/x'],
      ['POST', '/v1/calls/x/stop'],
      ['POST', '/v1/calls/x/cancel'],
      ['GET', '/recordings/00000000-0000-4000-8000-000000000000.wav'],
    ] as const) {
      const answer = await api.request(method, path, { headers: { authorization } });

      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.json).toMatchObject({ status: 401, title: 'Unauthorized' });
    }
  });

  test('a path that does not exist is 404, in the form of every error', async () => {
    const api = await startApi();
    const answer = await api.request('GET', '/v2/everything');

    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('a path that cannot be decoded is 400', async () => {
    const api = await startApi();

    expect((await api.request('GET', '/v1/calls/%zz')).json).toMatchObject({ status: 400 });
  });
});

describe('health', () => {
  const anonymous = { headers: { authorization: '' } };

  test('a healthy process says so without a key, with its providers', async () => {
    const api = await startApi();
    api.gateway.active = 2;

    expect((await api.request('GET', '/health', anonymous)).json).toEqual({
      status: 'healthy',
      service: 'trunkline',
      version: '0.0.0-test',
      timestamp: expect.any(String),
      draining: false,
      active_calls: 2,
      max_calls: 5,
      checks: { store: { status: 'up' }, signaling: { status: 'up' } },
      providers: { stt: 'sandbox', llm: 'sandbox', tts: 'flite', notes: ['no key is set'] },
    });
    expect((await api.request('GET', '/health/ready', anonymous)).status).toBe(200);
    expect((await api.request('GET', '/health/live', anonymous)).status).toBe(200);
  });

  test('a part that is down degrades it, and it is not ready', async () => {
    const api = await startApi();
    Object.assign(api.checks, { signaling: { isUp: false, detail: 'disconnected' } });

    expect((await api.request('GET', '/health', anonymous)).json).toMatchObject({
      status: 'degraded',
      checks: { signaling: { status: 'down', detail: 'disconnected' } },
    });
    expect((await api.request('GET', '/health/ready', anonymous)).status).toBe(503);
    expect((await api.request('GET', '/health/live', anonymous)).status).toBe(200);
  });

  test('while draining it is alive but not ready', async () => {
    const api = await startApi();
    api.isDraining = true;

    const ready = await api.request('GET', '/health/ready', anonymous);
    expect(ready).toMatchObject({ status: 503, json: { status: 'draining' } });
    expect((await api.request('GET', '/health', anonymous)).json.draining).toBe(true);
  });

  test('metrics are in the text form of Prometheus', async () => {
    const api = await startApi();
    await api.request('GET', '/v1/calls');
    const answer = await api.request('GET', '/metrics', anonymous);

    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(answer.json).toContain(
      'trunkline_http_request_seconds_count{method="GET",route="/v1/calls",status="200"} 1',
    );
  });
});

describe('recordings', () => {
  async function recorded(api: TestApi, path: string): Promise<string> {
    const { json } = await api.request('POST', '/v1/calls', { body: CALL_BODY });
    const atMs = systemClock.monotonicNow();
    const finished: CallEvent = { type: 'finished', atMs, durationMs: 0, recordingPath: path };
    await api.store.calls.append(json.call_id, [finished]);
    return json.call_id;
  }

  test('the link in the call opens the recording without a key', async () => {
    const api = await startApi();
    writeFileSync(join(api.recordingsDir, 'a.wav'), 'RIFF-bytes');
    const callId = await recorded(api, 'a.wav');
    const { json } = await api.request('GET', `/v1/calls/${callId}`);
    const response = await fetch(json.recording_url);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('RIFF-bytes');
  });

  test('the key opens it, too; a changed link does not', async () => {
    const api = await startApi();
    writeFileSync(join(api.recordingsDir, 'a.wav'), 'RIFF-bytes');
    const callId = await recorded(api, './data/recordings/a.wav');
    const { json } = await api.request('GET', `/v1/calls/${callId}`);

    expect((await api.request('GET', `/recordings/${callId}.wav`)).status).toBe(200);
    expect((await fetch(json.recording_url.replace('token=', 'token=A'))).status).toBe(401);
    expect((await fetch(json.recording_url.replace('expires=', 'expires=9'))).status).toBe(401);
  });

  test('a player gets the part that it asks for (RFC 9110 section 14)', async () => {
    const api = await startApi();
    writeFileSync(join(api.recordingsDir, 'a.wav'), 'RIFF-bytes');
    const path = `/recordings/${await recorded(api, 'a.wav')}.wav`;
    const part = await api.request('GET', path, { headers: { range: 'bytes=5-7' } });
    const beyond = await api.request('GET', path, { headers: { range: 'bytes=10-' } });

    expect(part).toMatchObject({ status: 206, json: 'byt' });
    expect(part.headers.get('content-range')).toBe('bytes 5-7/10');
    expect(part.headers.get('content-length')).toBe('3');
    expect(beyond).toMatchObject({ status: 416, json: { status: 416 } });
    expect(beyond.headers.get('content-range')).toBe('bytes */10');
  });

  test('an empty file is served as one', async () => {
    const api = await startApi();
    writeFileSync(join(api.recordingsDir, 'a.wav'), '');
    const answer = await api.request('GET', `/recordings/${await recorded(api, 'a.wav')}.wav`);

    expect(answer).toMatchObject({ status: 200, json: '' });
  });

  test.each(['../trunkline.db', '/etc/passwd', 'gone.wav', '.', '..'])(
    'the stored path %s is not served',
    async (path) => {
      const api = await startApi();
      const callId = await recorded(api, path);

      expect((await api.request('GET', `/recordings/${callId}.wav`)).status).toBe(404);
    },
  );

  test.each(['..%2F..%2Fetc%2Fpasswd', 'x.wav', '00000000-0000-4000-8000-000000000000.wav'])(
    'there is no recording %s',
    async (file) => {
      const api = await startApi();

      expect((await api.request('GET', `/recordings/${file}`)).status).toBe(404);
    },
  );
});
