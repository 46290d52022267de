import { z } from 'zod';
import { ERROR_TABLE, TrunklineError } from '../core/errors.ts';

const fieldError = z.object({ path: z.string(), message: z.string(), code: z.string() });

/** One wrong field of a request. */
export type FieldError = Readonly<z.output<typeof fieldError>>;

/** Every answer from 400 on (RFC 7807). */
export const problemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('This one occurrence, as the log has it.'),
    errors: z.array(fieldError).readonly().optional().describe('Every wrong field.'),
  })
  .meta({ id: 'Problem' });

export type ProblemBody = Readonly<z.input<typeof problemBody>>;

const TITLES = {
  invalid_request: 'Invalid request',
  unauthorized: 'Unauthorized',
  forbidden: 'Forbidden',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  conflict: 'Conflict',
  idempotency_conflict: 'Idempotency conflict',
  payload_too_large: 'Payload too large',
  unsupported_media_type: 'Unsupported media type',
  internal_error: 'Internal error',
} as const;

const TYPE_PREFIX = 'https://api.topcalls.ai/errors/';
const RETRY_AFTER_SECONDS = 5;

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A request that is refused, as RFC 7807 has it. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** `instance` identifies this one occurrence: the request id in the log. */
  toBody(instance: string): ProblemBody {
    return {
      type: `${TYPE_PREFIX}${this.code}`,
      title: titleOf(this.code),
      status: this.status,
      detail: this.message,
      instance,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
    };
  }
}

export function invalidRequest(errors: readonly FieldError[]): Problem {
  return new Problem(400, 'invalid_request', errors[0]?.message ?? 'the request is not valid', {
    errors,
  });
}

export function notFound(detail: string): Problem {
  return new Problem(404, 'not_found', detail);
}

export function conflict(detail: string): Problem {
  return new Problem(409, 'conflict', detail);
}

/** Whatever was thrown, as an answer. Only errors of the world say what they are; ours broken stay inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TrunklineError) return fromTrunklineError(error);
  return fromFrameworkError(error);
}

function fromTrunklineError(error: TrunklineError): Problem {
  const { httpStatus } = ERROR_TABLE[error.code];
  const retry = error.retryable && (httpStatus === 503 || httpStatus === 429);
  const code = error.code.replaceAll('-', '_');
  const { field: path, message } = error;
  return new Problem(httpStatus, code, message, {
    ...(retry && { retryAfterSeconds: RETRY_AFTER_SECONDS }),
    ...(path !== undefined && { errors: [{ path, message, code }] }),
    cause: error,
  });
}

const FRAMEWORK_PROBLEMS: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['invalid_request', 'the request or its JSON body is malformed'],
  404: ['not_found', 'there is nothing under this path'],
  413: ['payload_too_large', 'the body is too large'],
  415: ['unsupported_media_type', 'the body must be application/json'],
};

function fromFrameworkError(error: unknown): Problem {
  const status = statusOf(error);
  const [code, detail] = FRAMEWORK_PROBLEMS[status] ?? ['internal_error', 'an internal error'];
  return new Problem(code === 'internal_error' ? 500 : status, code, detail, { cause: error });
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}

function titleOf(code: string): string {
  const known = Object.entries(TITLES).find(([each]) => each === code)?.[1];
  if (known !== undefined) return known;
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
