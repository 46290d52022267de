import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../../../src/core/errors.ts';
import {
  closeCodeError,
  httpStatusError,
  ProviderError,
  toProviderError,
} from '../../../src/providers/provider-error.ts';

const SECRET = 'sk-proj-secret and the prompt';

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} ${SECRET}`), { code });
}

describe('a provider failure', () => {
  test.each([
    [400, 'provider-rejected', false],
    [401, 'provider-rejected', false],
    [404, 'provider-rejected', false],
    [408, 'provider-timeout', true],
    [429, 'provider-overloaded', true],
    [500, 'provider-unreachable', true],
    [503, 'provider-overloaded', true],
    [504, 'provider-timeout', true],
  ])('HTTP %i is %s, retryable: %s', (status, code, retryable) => {
    expect(httpStatusError(status, 'x')).toMatchObject({ code, retryable });
  });

  test.each([
    [1000, 'provider-unreachable', true],
    [1006, 'provider-unreachable', true],
    [1008, 'provider-rejected', false],
    [1009, 'provider-protocol', true],
    [1011, 'provider-overloaded', true],
  ])('a websocket closed with %i is %s (RFC 6455 7.4.1)', (closeCode, code, retryable) => {
    expect(closeCodeError(closeCode, 'x')).toMatchObject({ code, retryable });
  });

  test('an exhausted quota is not worth asking again', () => {
    const error = httpStatusError(429, 'x', { vendorCode: 'insufficient_quota' });
    expect(error).toMatchObject({ code: 'provider-overloaded', retryable: false });
  });

  test('Retry-After in seconds is kept, a date or nonsense is not (RFC 9110 10.2.3)', () => {
    const after = (retryAfter: string) => httpStatusError(429, 'x', { retryAfter }).retryAfterMs;
    expect(after('2')).toBe(2_000);
    expect(after('999999')).toBe(3_600_000);
    expect(after('Fri, 31 Dec 1999 23:59:59 GMT')).toBeUndefined();
    expect(after('-1')).toBeUndefined();
  });

  test.each([
    ['ECONNREFUSED', 'provider-unreachable'],
    ['ECONNRESET', 'provider-unreachable'],
    ['ENOTFOUND', 'provider-unreachable'],
  ])('%s is %s, also inside a library error', (systemCode, code) => {
    const wrapped = new APIConnectionError({ cause: systemError(systemCode) });
    expect(toProviderError(systemError(systemCode), 'x')).toMatchObject({ code });
    expect(toProviderError(wrapped, 'x')).toMatchObject({ code });
  });

  test('aborts and timeouts keep their meaning', () => {
    const abort = new DOMException('', 'AbortError');
    const timeout = new DOMException('', 'TimeoutError');
    expect(toProviderError(abort, 'x').code).toBe('provider-aborted');
    expect(toProviderError(new APIUserAbortError(), 'x').code).toBe('provider-aborted');
    expect(toProviderError(timeout, 'x').code).toBe('provider-timeout');
  });

  test('our own errors pass unchanged', () => {
    const own = new TrunklineError('provider-timeout', 'ours');
    expect(toProviderError(own, 'x')).toBe(own);
  });

  test('what has no known cause is a protocol failure', () => {
    expect(toProviderError(new RangeError(SECRET), 'x')).toMatchObject({
      code: 'provider-protocol',
      message: 'x: RangeError',
    });
    expect(toProviderError('a string', 'x').message).toBe('x: unknown failure');
    const cyclic = new Error(SECRET);
    cyclic.cause = cyclic;
    expect(toProviderError(cyclic, 'x').code).toBe('provider-protocol');
  });

  test('the message repeats neither what the vendor wrote nor what we sent', () => {
    const answered = APIError.generate(
      401,
      { error: { message: SECRET, code: 'invalid_api_key' } },
      SECRET,
      new Headers(),
    );
    const error = toProviderError(answered, 'openai chat');
    expect(error.message).toBe('openai chat: HTTP 401 invalid_api_key');
    expect(error.cause).toBeUndefined();
    expect(httpStatusError(400, 'x', { vendorCode: SECRET }).message).toBe('x: HTTP 400');
    expect(toProviderError(systemError('ECONNRESET'), 'x').message).toBe('x: ECONNRESET');
  });

  test('a vendor error keeps its Retry-After', () => {
    const headers = new Headers({ 'retry-after': '1' });
    const error = toProviderError(APIError.generate(429, {}, '', headers), 'x');
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ retryAfterMs: 1_000 });
  });
});
