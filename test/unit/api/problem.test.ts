import { describe, expect, test } from 'vitest';
import { invalidRequest, toProblem } from '../../../src/api/problem.ts';
import { TrunklineError } from '../../../src/core/errors.ts';

describe('problem details (RFC 7807)', () => {
  test('wrong fields are listed and the first one is the detail', () => {
    const errors = [{ path: 'a', message: 'a is required', code: 'required' }];

    expect(invalidRequest(errors).toBody('i1')).toEqual({
      type: 'https://api.topcalls.ai/errors/invalid_request',
      title: 'Invalid request',
      status: 400,
      detail: 'a is required',
      instance: 'i1',
      errors,
    });
  });

  test('an error of the world has the status of the table, and says when to come back', () => {
    const problem = toProblem(new TrunklineError('calls-at-limit', 'the limit is reached'));

    expect(problem.retryAfterSeconds).toBeGreaterThan(0);
    expect(problem.toBody('i1')).toMatchObject({
      type: 'https://api.topcalls.ai/errors/calls_at_limit',
      title: 'Calls at limit',
      status: 503,
      detail: 'the limit is reached',
    });
  });

  test('a broken assumption of ours tells nothing about itself', () => {
    expect(JSON.stringify(toProblem(new Error('SECRET')).toBody('i1'))).not.toContain('SECRET');
    expect(toProblem(new Error('SECRET')).status).toBe(500);
    expect(toProblem('thrown text').status).toBe(500);
  });
});
