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
      ['GET', '/recordings/00000000-0000-4000-8000-000000000000.mp3'],
      ['GET', '/v1/calls/00000000-0000-4000-8000-000000000000/recording'],
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
  async function created(api: TestApi, body: object = CALL_BODY): Promise<string> {
    return (await api.request('POST', '/v1/calls', { body })).json.call_id;
  }

  async function recorded(api: TestApi, path: string): Promise<string> {
    const callId = await created(api);
    const atMs = systemClock.monotonicNow();
    const finished: CallEvent = { type: 'finished', atMs, durationMs: 0, recordingPath: path };
    await api.store.calls.append(callId, [finished]);
    return callId;
  }

  function put(api: TestApi, name: string, content = 'frames-and-frames'): void {
    writeFileSync(join(api.recordingsDir, name), content);
  }

  test('the link in the call opens the recording without a key', async () => {
    const api = await startApi();
    put(api, 'a.mp3');
    const callId = await recorded(api, 'a.mp3');
    const { json } = await api.request('GET', `/v1/calls/${callId}`);
    const response = await fetch(json.recording_url);

    expect(json.recording_url).toContain(`/recordings/${callId}.mp3?`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(response.headers.get('content-length')).toBe('17');
    expect(await response.text()).toBe('frames-and-frames');
  });

  test('the key opens it, too; a changed link does not', async () => {
    const api = await startApi();
    put(api, 'a.mp3');
    const callId = await recorded(api, './data/recordings/a.mp3');
    const { json } = await api.request('GET', `/v1/calls/${callId}`);

    expect((await api.request('GET', `/recordings/${callId}.mp3`)).status).toBe(200);
    expect((await api.request('GET', `/v1/calls/${callId}/recording`)).status).toBe(200);
    expect((await fetch(json.recording_url.replace('token=', 'token=A'))).status).toBe(401);
    expect((await fetch(json.recording_url.replace('expires=', 'expires=9'))).status).toBe(401);
  });

  test('one that was kept as WAV is that, under its own name', async () => {
    const api = await startApi();
    put(api, 'a.wav');
    const callId = await recorded(api, 'a.wav');
    const { json } = await api.request('GET', `/v1/calls/${callId}`);
    const ofCall = await api.request('GET', `/v1/calls/${callId}/recording`);

    expect(json).toMatchObject({ recording_format: 'wav' });
    expect((await fetch(json.recording_url)).headers.get('content-type')).toBe('audio/wav');
    expect(ofCall.headers.get('content-type')).toBe('audio/wav');
    expect((await api.request('GET', `/recordings/${callId}.mp3`)).status).toBe(404);
  });

  test('HEAD says how large it is and sends none of it', async () => {
    const api = await startApi();
    put(api, 'a.mp3');
    const callId = await recorded(api, 'a.mp3');
    const answer = await api.request('HEAD', `/v1/calls/${callId}/recording`, {
      headers: { range: 'bytes=0-1' },
    });

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe('17');
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
  });

  test('a player gets the part that it asks for (RFC 9110 section 14)', async () => {
    const api = await startApi();
    put(api, 'a.mp3');
    const path = `/recordings/${await recorded(api, 'a.mp3')}.mp3`;
    const part = await api.request('GET', path, { headers: { range: 'bytes=7-9' } });
    const beyond = await api.request('GET', path, { headers: { range: 'bytes=17-' } });

    expect(part).toMatchObject({ status: 206, json: 'and' });
    expect(part.headers.get('content-range')).toBe('bytes 7-9/17');
    expect(part.headers.get('content-length')).toBe('3');
    expect(beyond).toMatchObject({ status: 416, json: { status: 416 } });
    expect(beyond.headers.get('content-range')).toBe('bytes */17');
  });

  test('an empty file is served as one', async () => {
    const api = await startApi();
    put(api, 'a.mp3', '');
    const answer = await api.request('GET', `/recordings/${await recorded(api, 'a.mp3')}.mp3`);

    expect(answer).toMatchObject({ status: 200, json: '' });
  });

  test('before the call is over there is none yet', async () => {
    const api = await startApi();
    const callId = await created(api);

    expect((await api.request('GET', `/v1/calls/${callId}/recording`)).status).toBe(409);
  });

  test('while it is being converted there is none yet', async () => {
    const api = await startApi();
    put(api, 'a.part.wav');
    const callId = await recorded(api, 'a.mp3');

    expect((await api.request('GET', `/v1/calls/${callId}/recording`)).status).toBe(409);
  });

  test('a call that was not recorded has none, and one that could not be says why', async () => {
    const api = await startApi();
    const silent = await created(api, { ...CALL_BODY, record: false });
    const failed = await created(api);
    const recordingError = 'recording not begun: ENOSPC';
    const atMs = systemClock.monotonicNow();
    await api.store.calls.append(failed, [
      { type: 'finished', atMs, durationMs: 0, recordingError },
    ]);

    expect((await api.request('GET', `/v1/calls/${silent}/recording`)).status).toBe(404);
    const answer = await api.request('GET', `/v1/calls/${failed}/recording`);
    expect(answer).toMatchObject({ status: 404, json: { detail: recordingError } });
    const { json } = await api.request('GET', `/v1/calls/${failed}`);
    expect(json).toMatchObject({ recording_url: null, recording_error: recordingError });
  });

  test.each(['../trunkline.db', '/etc/passwd', 'gone.mp3', '.', '..'])(
    'the stored path %s is not served',
    async (path) => {
      const api = await startApi();
      const callId = await recorded(api, path);

      expect((await api.request('GET', `/recordings/${callId}.mp3`)).status).toBe(404);
      expect((await api.request('GET', `/v1/calls/${callId}/recording`)).status).toBe(404);
    },
  );

  test.each(['..%2F..%2Fetc%2Fpasswd', 'x.mp3', '00000000-0000-4000-8000-000000000000.mp3'])(
    'there is no recording %s',
    async (file) => {
      const api = await startApi();

      expect((await api.request('GET', `/recordings/${file}`)).status).toBe(404);
    },
  );
});
