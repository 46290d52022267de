import type { z } from 'zod';
import type { FieldError } from '../problem.ts';

/** Every wrong field once, with the first thing that is wrong with it. */
export function toFieldErrors(error: z.ZodError, input: unknown): readonly FieldError[] {
  const byPath = new Map<string, FieldError>();
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (byPath.has(path)) continue;
    const isMissing = valueAt(input, issue.path) === undefined;
    byPath.set(path, {
      path,
      message: isMissing ? `${path} is required` : `${path || 'the body'} ${issue.message}`,
      code: isMissing ? 'required' : codeOf(issue.code),
    });
  }
  return [...byPath.values()];
}

function codeOf(code: string): string {
  return code === 'custom' ? 'invalid_value' : code;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    input,
  );
}
