import { expect, test } from 'vitest';
import { z } from 'zod';
import { toFieldErrors } from '../../../../src/api/topcalls/field-errors.ts';

const schema = z
  .object({
    mode: z.string('must be a string'),
    headers: z
      .record(z.string().regex(/^X-/, 'must begin with X-'), z.string(), 'must be an object')
      .optional(),
    summary: z.string('must be a string').optional(),
  })
  .refine(({ mode, summary }) => mode !== 'warm' || summary !== undefined, {
    path: ['summary'],
    message: 'is required when mode is warm',
  });

function messagesOf(input: object): readonly string[] {
  const parsed = schema.safeParse(input);
  return parsed.success ? [] : toFieldErrors(parsed.error, input).map(({ message }) => message);
}

test.each([
  [{}, 'mode is required'],
  [{ mode: 1 }, 'mode must be a string'],
  [{ mode: 'warm' }, 'summary is required when mode is warm'],
  [{ mode: 'cold', headers: { Via: 'x' } }, 'headers.Via must begin with X-'],
  [{ mode: 'cold', headers: 1 }, 'headers must be an object'],
])('%j: %s', (input, expected) => {
  expect(messagesOf(input)).toEqual([expected]);
});
