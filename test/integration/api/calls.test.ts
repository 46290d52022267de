import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CallEvent } from '../../../src/call/call-event.ts';
import { TrunklineError } from '../../../src/core/errors.ts';
import { after } from '../../../src/core/time.ts';
import { systemClock } from '../../../src/store/wall-clock.ts';
import { CALL_BODY, startApi, type TestApi } from './api-fixture.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function createCall(api: TestApi, body: object = CALL_BODY): Promise<string> {
  const { status, json } = await api.request('POST', '/v1/calls', { body });
  expect(status).toBe(201);
  return json.call_id;
}

function answered(): CallEvent {
  return { type: 'answered', atMs: systemClock.monotonicNow(), sipCallId: 'sip-1@example' };
}

function ended(reason: 'hangup' | 'busy'): CallEvent {
  const atMs = systemClock.monotonicNow();
  if (reason === 'hangup') return { type: 'ended', atMs, termination: { reason, by: 'caller' } };
  const termination = { reason, by: 'network', sipStatus: 486, sipReason: 'Busy Here' } as const;
  return { type: 'ended', atMs, termination };
}

describe('POST /v1/calls', () => {
  test('answers 201 with the ids and begins the call', async () => {
    const api = await startApi();
    const { status, headers, json } = await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(status).toBe(201);
    expect(headers.get('content-type')).toContain('application/json');
    expect(json).toEqual({
      call_id: expect.stringMatching(UUID),
      provider_call_id: expect.stringMatching(UUID),
      status: 'queued',
    });
    expect(api.gateway.created).toEqual([
      expect.objectContaining({
        callId: json.call_id,
        direction: 'outbound',
        from: '+14155550100',
        to: '+14155550123',
        record: true,
        ringTimeoutMs: 60_000,
        rtpTimeoutMs: 30_000,
        agent: expect.objectContaining({
          instructions: expect.stringContaining(CALL_BODY.task),
          voice: 'slt',
          timeouts: expect.objectContaining({ maxDurationMs: 600_000 }),
        }),
      }),
    ]);
  });

  test('a body that is wrong in many ways is refused with every field, and nothing begins', async () => {
    const api = await startApi();
    const body = { phone_number: '12', task: 'short', mode: 'x', temperature: 5, record: 'no' };
    const { status, headers, json } = await api.request('POST', '/v1/calls', { body });

    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(json).toMatchObject({
      type: 'https://api.topcalls.ai/errors/invalid_request',
      title: 'Invalid request',
      status: 400,
      instance: expect.stringMatching(UUID),
      detail: 'phone_number must be an E.164 number such as +15551234567',
    });
    expect(json.errors.map((error: { path: string }) => error.path)).toEqual([
      'phone_number',
      'task',
      'mode',
      'temperature',
      'record',
    ]);
    expect(api.gateway.created).toEqual([]);
  });

  test('without a configured caller id a missing from_number is named', async () => {
    const api = await startApi({}, { fromNumber: 'none' });
    const answer = await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(answer.status).toBe(400);
    expect(answer.json.errors).toMatchObject([{ path: 'from_number', code: 'required' }]);
  });

  test.each([
    ['that breaks off', '{"phone_number":', 400, 'invalid_request'],
    ['that is a list', '[]', 400, 'invalid_request'],
    ['that sets a prototype', '{"__proto__": {"a": 1}}', 400, 'invalid_request'],
    ['of 600 kB', `{"task": "${'x'.repeat(600_000)}"}`, 413, 'payload_too_large'],
  ])('a body %s is refused', async (_name, body, status, code) => {
    const api = await startApi();
    const answer = await api.request('POST', '/v1/calls', { body });

    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`https://api.topcalls.ai/errors/${code}`);
  });

  test('a body of another type is refused', async () => {
    const api = await startApi();
    for (const type of ['application/xml', 'text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { 'content-type': type };
      const answer = await api.request('POST', '/v1/calls', { body: '{}', headers });

      expect(answer.status).toBe(415);
      expect(answer.json.status).toBe(415);
    }
  });

  test('a body nested without end is refused before anything goes down into it', async () => {
    const api = await startApi();
    const nested = `{"metadata": {"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    const headers = { 'idempotency-key': 'nested-without-end' };
    const answer = await api.request('POST', '/v1/calls', { body: nested, headers });

    expect(answer.status).toBe(400);
    expect(answer.json.detail).toContain('nested deeper');
  });

  test('at the admission limit the answer is 503 with Retry-After, and nothing is stored', async () => {
    const api = await startApi();
    api.gateway.active = 5;
    const answer = await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.json.type).toContain('calls_at_limit');
    expect((await api.request('GET', '/v1/calls')).json.data).toEqual([]);
  });

  test('while draining the answer is 503 with Retry-After', async () => {
    const api = await startApi();
    api.isDraining = true;
    const answer = await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(answer.status).toBe(503);
    expect(answer.headers.has('retry-after')).toBe(true);
    expect(answer.json.type).toContain('shutting_down');
  });

  test('a call that the gateway refuses leaves no record', async () => {
    const api = await startApi();
    api.gateway.refusal = new TrunklineError('no-route', 'no carrier takes this number');
    const answer = await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(answer).toMatchObject({ status: 400, json: { detail: 'no carrier takes this number' } });
    expect((await api.request('GET', '/v1/calls')).json.data).toEqual([]);
  });

  test('phone numbers and prompts are not logged', async () => {
    const api = await startApi();
    await createCall(api);
    api.gateway.refusal = new TrunklineError('provider-timeout', 'too slow');
    await api.request('POST', '/v1/calls', { body: CALL_BODY });

    expect(api.logged.join('')).toContain('http request');
    expect(api.logged.join('')).not.toMatch(/4155550123|opening hours|tc_live_/);
  });
});

describe('GET /v1/calls/{id}', () => {
  test('a queued call has every documented field', async () => {
    const api = await startApi();
    const metadata = { order: 7 };
    const callId = await createCall(api, { ...CALL_BODY, metadata, background_audio: 'office' });
    const { status, json } = await api.request('GET', `/v1/calls/${callId}`);

    expect(status).toBe(200);
    expect(json).toEqual({
      id: callId,
      account_id: api.accountId,
      phone_number: '+14155550123',
      from_phone_number: '+14155550100',
      status: 'queued',
      call_status: null,
      external_call_id: callId,
      duration: 0,
      actual_duration_billed: 0,
      transcript: [],
      recording_format: null,
      recording_duration: null,
      recording_error: null,
      quality: null,
      recording_url: null,
      call_summary: null,
      error_message: null,
      answered_by: 'unknown',
      disposition: null,
      campaign_id: null,
      lead_id: null,
      completed: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      started_at: null,
      end_at: null,
      metadata: {
        task: CALL_BODY.task,
        mode: 'realtime',
        voice: 'alloy',
        max_duration: 10,
        background_audio: 'office',
        background_audio_gain: 'medium',
        record: true,
        order: 7,
      },
      direction: 'outbound',
      mode: 'legacy',
      mode_requested: 'realtime',
      voice_requested: 'alloy',
      voice_used: 'slt',
      provider_notes: [
        'voice alloy is not available: slt speaks',
        'mode realtime runs as speech recognition, language model and synthesis (legacy)',
      ],
      carrier: null,
      sip_call_id: null,
      end_reason: null,
      ended_by: null,
      sip_status: null,
      sip_reason: null,
      end_detail: null,
      sip_headers: {},
      turns: [],
      signaling: [],
    });
  });

  test('a finished call has its transcript, turns, duration in minutes and recording', async () => {
    const api = await startApi();
    const callId = await createCall(api);
    const answer = answered();
    const turn = {
      turnId: 1,
      kind: 'reply',
      callerSpeechEndMs: after(answer.atMs, 1_000),
      firstPacketOutMs: after(answer.atMs, 1_620),
    } as const;
    const { atMs } = answer;
    await api.store.calls.append(callId, [
      answer,
      { type: 'transcript', atMs, speaker: 'agent', text: 'Hello.', interrupted: true },
      { type: 'transcript', atMs, speaker: 'caller', text: 'Nine to five.', interrupted: false },
      { type: 'turn', atMs, trace: turn },
      ended('hangup'),
      {
        type: 'finished',
        atMs,
        durationMs: 150_000,
        recordingPath: `${callId}.mp3`,
        recordingMs: 147_000,
      },
    ]);
    const { json } = await api.request('GET', `/v1/calls/${callId}`);

    expect(json).toMatchObject({
      status: 'completed',
      call_status: 'completed',
      duration: 2.5,
      completed: true,
      end_reason: 'hangup',
      ended_by: 'caller',
      sip_call_id: 'sip-1@example',
      recording_format: 'mp3',
      recording_duration: 2.45,
      recording_error: null,
      transcript: [
        { id: 1, user: 'assistant', text: 'Hello.', interrupted: true },
        { id: 2, user: 'user', text: 'Nine to five.', interrupted: false },
      ],
      turns: [{ turn_id: 1, caller_speech_end_ms: 1_000, first_packet_out_ms: 1_620, gap_ms: 620 }],
    });
    expect(json.recording_url).toContain(`${api.url}/recordings/${callId}.mp3?expires=`);
  });

  test('a call that is over has its duration before its recording is written', async () => {
    const api = await startApi();
    const callId = await createCall(api);
    const answer = answered();
    const atMs = after(answer.atMs, 90_000);
    const termination = { reason: 'hangup', by: 'caller' } as const;
    await api.store.calls.append(callId, [answer, { type: 'ended', atMs, termination }]);
    const { json } = await api.request('GET', `/v1/calls/${callId}`);

    expect(json).toMatchObject({ status: 'completed', completed: false });
    expect(json.duration).toBeCloseTo(1.5, 2);
  });

  test('a busy call has failed, with the SIP status as it came', async () => {
    const api = await startApi();
    const callId = await createCall(api);
    await api.store.calls.append(callId, [ended('busy')]);
    const { json } = await api.request('GET', `/v1/calls/${callId}`);

    expect(json).toMatchObject({
      status: 'failed',
      call_status: 'busy',
      end_reason: 'busy',
      sip_status: 486,
      sip_reason: 'Busy Here',
      error_message: 'busy: 486 Busy Here',
    });
  });

  test.each([[randomUUID()], ['not-an-id'], ['%00'], [`${'a'.repeat(90)}`]])(
    'there is no call %s',
    async (callId) => {
      const api = await startApi();
      const answer = await api.request('GET', `/v1/calls/${callId}`);

      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ status: 404, title: 'Not found' });
    },
  );
});

describe('GET /v1/calls', () => {
  test('pages follow each other by next_cursor, newest first', async () => {
    const api = await startApi();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await createCall(api));

    const first = (await api.request('GET', '/v1/calls?limit=3')).json;
    const cursor = encodeURIComponent(first.next_cursor);
    const second = (await api.request('GET', `/v1/calls?limit=3&cursor=${cursor}`)).json;

    expect(first.has_more).toBe(true);
    expect(second).toMatchObject({ has_more: false, next_cursor: null });
    const seen = [...first.data, ...second.data].map((call: { id: string }) => call.id);
    expect([...seen].sort()).toEqual([...ids].sort());
    const times = [...first.data, ...second.data].map((call) => call.created_at);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('filters are applied', async () => {
    const api = await startApi();
    const callId = await createCall(api);
    await createCall(api, { ...CALL_BODY, phone_number: '+442071838750' });
    await api.store.calls.append(callId, [ended('busy')]);
    const count = async (query: string) =>
      (await api.request('GET', `/v1/calls?${query}`)).json.data.length;

    expect(await count('status=failed')).toBe(1);
    expect(await count('phone_number=%2B442071838750')).toBe(1);
    expect(await count('direction=inbound')).toBe(0);
    expect(await count(`campaign_id=${randomUUID()}`)).toBe(0);
    expect(await count('created_after=2001-01-01')).toBe(2);
  });

  test('every wrong parameter is named', async () => {
    const api = await startApi();
    const { status, json } = await api.request('GET', '/v1/calls?limit=0&cursor=x&status=y');

    expect(status).toBe(400);
    expect(json.errors.map((error: { path: string }) => error.path)).toEqual([
      'limit',
      'cursor',
      'status',
    ]);
  });
});

describe('POST /v1/calls/{id}/transfer, /hold, /resume and /dtmf', () => {
  async function created() {
    const api = await startApi();
    return { api, callId: await createCall(api) };
  }

  test.each([
    ['transfer', { to: '+4930999' }, 'blind +4930999'],
    ['transfer', { to: 'sip:bob@example.org' }, 'blind sip:bob@example.org'],
    ['transfer', { to: '+4930999', mode: 'bridge' }, 'bridge +4930999'],
    ['transfer', { to: '+4930999', mode: 'warm', summary: 'Ada.' }, 'warm +4930999'],
    ['hold', undefined, ''],
    ['resume', undefined, ''],
  ])('%s is told to the call', async (command, body, told) => {
    const { api, callId } = await created();
    const answer = await api.request('POST', `/v1/calls/${callId}/${command}`, { body });

    expect(answer).toMatchObject({ status: 202, json: { ok: true } });
    expect(api.gateway.commands).toEqual([`${command} ${callId} ${told}`.trim()]);
  });

  test('dtmf presses keys', async () => {
    const { api, callId } = await created();
    await api.request('POST', `/v1/calls/${callId}/dtmf`, { body: { digits: '12#a' } });

    expect(api.gateway.commands).toEqual([`press ${callId} 12#A`]);
  });

  test.each([
    ['transfer', {}, 'to'],
    ['transfer', { to: '12' }, 'to'],
    ['transfer', { to: 'sip:bob@example.org', mode: 'attended' }, 'to'],
    ['transfer', { to: 'sip:bob@example.org?Replaces=x' }, 'to'],
    ['transfer', { to: '+4930999', mode: 'cold' }, 'mode'],
    ['transfer', { to: '+4930999', mode: 'warm' }, 'summary'],
    ['transfer', { to: '+4930999', mode: 'warm', summary: ' ' }, 'summary'],
    ['dtmf', { digits: '1x' }, 'digits'],
    ['dtmf', {}, 'digits'],
  ])('%s with %j names the field', async (command, body, field) => {
    const { api, callId } = await created();
    const answer = await api.request('POST', `/v1/calls/${callId}/${command}`, { body });

    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.json)).toContain(`"${field}"`);
    expect(api.gateway.commands).toEqual([]);
  });

  test('a call that is not in the state for it is a conflict', async () => {
    const { api, callId } = await created();
    api.gateway.refusal = new TrunklineError('call-state-conflict', 'the call is dialing');
    const answer = await api.request('POST', `/v1/calls/${callId}/hold`);

    expect(answer.status).toBe(409);
  });
});

describe('POST /v1/calls/{id}/stop and /cancel', () => {
  test('a queued call can be cancelled', async () => {
    const api = await startApi();
    const callId = await createCall(api);
    const answer = await api.request('POST', `/v1/calls/${callId}/cancel`);

    expect(answer).toMatchObject({ status: 200, json: { ok: true } });
    expect(api.gateway.commands).toEqual([`cancel ${callId}`]);
  });

  test('an answered call is stopped, not cancelled', async () => {
    const api = await startApi();
    const callId = await createCall(api);
    await api.store.calls.append(callId, [answered()]);
    const headers = { 'content-type': 'application/json' };

    expect((await api.request('POST', `/v1/calls/${callId}/cancel`)).status).toBe(409);
    const answer = await api.request('POST', `/v1/calls/${callId}/stop`, { headers });
    expect(answer).toMatchObject({ status: 200, json: { ok: true, status: 'cancelled' } });
    expect(api.gateway.commands).toEqual([`stop ${callId}`]);
  });

  test.each(['stop', 'cancel'])('%s of a call that is over is a conflict', async (command) => {
    const api = await startApi();
    const callId = await createCall(api);
    await api.store.calls.append(callId, [ended('hangup')]);
    const answer = await api.request('POST', `/v1/calls/${callId}/${command}`);

    expect(answer).toMatchObject({ status: 409, json: { title: 'Conflict' } });
    expect(api.gateway.commands).toEqual([]);
  });

  test.each(['stop', 'cancel'])(
    '%s of a call that ended just now is a conflict',
    async (command) => {
      const api = await startApi();
      const callId = await createCall(api);
      api.gateway.refusal = new TrunklineError('call-not-found', 'no such call');
      const answer = await api.request('POST', `/v1/calls/${callId}/${command}`);

      expect(answer.status).toBe(409);
    },
  );

  test.each(['stop', 'cancel'])('%s of an unknown call is 404', async (command) => {
    const api = await startApi();

    expect((await api.request('POST', `/v1/calls/${randomUUID()}/${command}`)).status).toBe(404);
  });
});
