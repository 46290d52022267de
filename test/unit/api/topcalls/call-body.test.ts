import { describe, expect, test } from 'vitest';
import { parseCallBody } from '../../../../src/api/topcalls/call-body.ts';

const FROM = '+14155550100';
const MINIMAL = { phone_number: '+14155550123', task: 'Ask for the opening hours.' };

function wrongPaths(body: unknown, from: 'default' | 'none' = 'default'): readonly string[] {
  const result = parseCallBody(body, from === 'default' ? FROM : undefined);
  return result.ok ? [] : result.errors.map((error) => error.path);
}

describe('body of POST /v1/calls', () => {
  test('the smallest body is completed with the defaults', () => {
    expect(parseCallBody(MINIMAL, FROM)).toEqual({
      ok: true,
      body: {
        ...MINIMAL,
        from_number: FROM,
        mode: 'realtime',
        voice: 'alloy',
        max_duration: 10,
        background_audio: 'none',
        background_audio_gain: 'medium',
        record: true,
      },
    });
  });

  test('a body with every field is accepted', () => {
    const full = {
      ...MINIMAL,
      from_number: '+442071838750',
      first_sentence: 'Hello.',
      mode: 'legacy',
      voice: 'rachel',
      model: 'gpt-realtime-mini-2025-12-15',
      temperature: 0.7,
      max_duration: 2.5,
      background_audio: 'office',
      background_audio_gain: 'low',
      knowledge_base_ids: ['kb_1'],
      request_data: { patient: { name: 'Ada' } },
      webhook_url: 'https://example.com/hook',
      webhook_events: ['call.completed', 'call.failed'],
      tools: [{ name: 'book', description: 'Books.', parameters: { type: 'object' }, extra: 1 }],
      metadata: { order: 7 },
      record: false,
      language: 'en-GB',
    };

    expect(parseCallBody(full, undefined)).toEqual({ ok: true, body: full });
  });

  test('an unknown field is ignored', () => {
    expect(parseCallBody({ ...MINIMAL, colour: 'red' }, FROM)).toMatchObject({ ok: true });
  });

  test.each([
    ['phone_number', undefined],
    ['phone_number', 4155550123],
    ['phone_number', '4155550123'],
    ['phone_number', '+0155550123'],
    ['phone_number', '+1'],
    ['phone_number', '+99955550123'],
    ['phone_number', '+14155550123456'],
    ['from_number', '0044'],
    ['first_sentence', ''],
    ['mode', 'turbo'],
    ['voice', ''],
    ['voice', 7],
    ['model', ''],
    ['temperature', 2.1],
    ['temperature', -0.1],
    ['temperature', '0.7'],
    ['max_duration', 0],
    ['max_duration', 121],
    ['max_duration', '10'],
    ['background_audio', 'disco'],
    ['background_audio_gain', 'max'],
    ['knowledge_base_ids', 'kb_1'],
    ['knowledge_base_ids.0', [1]],
    ['request_data', []],
    ['webhook_url', 'ftp://example.com'],
    ['webhook_url', 'example'],
    ['webhook_events', 'call.completed'],
    ['webhook_events.1', ['call.completed', 'call.imagined']],
    ['tools', {}],
    ['tools.0', ['book']],
    ['tools.0.name', [{ description: 'Books.' }]],
    ['functions.0.name', [{ name: 'no spaces' }]],
    ['metadata', 'order'],
    ['record', 'yes'],
    ['language', 'English!'],
  ])('%s may not be %j', (path, value) => {
    const [field = ''] = path.split('.');

    expect(wrongPaths({ ...MINIMAL, [field]: value })).toEqual([path]);
  });

  test('every wrong field is named at once', () => {
    const body = { phone_number: '5', task: 'short', temperature: 9, mode: 1, webhook_url: 'x' };

    expect(wrongPaths(body, 'none')).toEqual([
      'phone_number',
      'task',
      'mode',
      'temperature',
      'webhook_url',
      'from_number',
    ]);
  });

  test('task and instructions exclude each other, and both are named', () => {
    const both = { ...MINIMAL, instructions: 'You are a shop assistant.' };

    expect(wrongPaths(both)).toEqual(['task', 'instructions']);
    expect(wrongPaths({ phone_number: MINIMAL.phone_number })).toEqual(['task', 'instructions']);
  });

  test('a prompt has at least 10 characters', () => {
    expect(wrongPaths({ ...MINIMAL, task: '123456789' })).toEqual(['task']);
    expect(wrongPaths({ ...MINIMAL, task: '1234567890' })).toEqual([]);
  });

  test('without a configured caller id from_number is required', () => {
    expect(parseCallBody(MINIMAL, undefined)).toEqual({
      ok: false,
      errors: [
        {
          path: 'from_number',
          message: 'from_number is required: no default caller id is configured',
          code: 'required',
        },
      ],
    });
  });

  test.each([[null], [undefined], [{}]])('%j lacks everything that is required', (body) => {
    expect(wrongPaths(body, 'none')).toEqual([
      'phone_number',
      'task',
      'instructions',
      'from_number',
    ]);
  });

  test.each([[[]], ['text'], [5]])('%j is no object', (body) => {
    expect(wrongPaths(body)).toEqual(['']);
  });
});
