import type { z } from 'zod';
import type { FieldError } from '../problem.ts';

/** Every wrong field once, with the first thing that is wrong with it. */
export function toFieldErrors(error: z.ZodError, input: unknown): readonly FieldError[] {
  const byPath = new Map<string, FieldError>();
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (byPath.has(path)) continue;
    const isMissing = valueAt(input, issue.path) === undefined;
    const isUnconditional = isMissing && issue.code !== 'custom';
    byPath.set(path, {
      path,
      message: isUnconditional ? `${path} is required` : `${path || 'the body'} ${wordsOf(issue)}`,
      code: isMissing ? 'required' : codeOf(issue.code),
    });
  }
  return [...byPath.values()];
}

/** What is wrong with the name of an entry is said inside of the issue. */
function wordsOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
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
