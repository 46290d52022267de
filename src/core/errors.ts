/**
 * Every error of the world outside (a provider, a peer, a port pool, a disk) that reaches a call or
 * an API client, in one table: the code is stable, clients may switch on it.
 *
 * - `httpStatus`: the answer when an API request fails with it.
 * - `ending`: how a call ends that cannot go on because of it (`call/termination.ts`).
 * - `retryable`: whether the same request may succeed later without being changed.
 */
export const ERROR_TABLE = {
  'provider-timeout': { httpStatus: 504, ending: 'provider-failed', retryable: true },
  'provider-unreachable': { httpStatus: 502, ending: 'provider-failed', retryable: true },
  'provider-overloaded': { httpStatus: 503, ending: 'provider-failed', retryable: true },
  'provider-rejected': { httpStatus: 502, ending: 'provider-failed', retryable: false },
  'provider-protocol': { httpStatus: 502, ending: 'provider-failed', retryable: true },
  'provider-aborted': { httpStatus: 500, ending: 'provider-failed', retryable: false },
  'media-ports-exhausted': { httpStatus: 503, ending: 'overloaded', retryable: true },
  'media-session-closed': { httpStatus: 409, ending: 'internal-error', retryable: false },
  'calls-at-limit': { httpStatus: 503, ending: 'overloaded', retryable: true },
  'no-route': { httpStatus: 400, ending: 'no-route', retryable: false },
  'destination-not-allowed': { httpStatus: 403, ending: 'no-route', retryable: false },
  'call-rate-exceeded': { httpStatus: 429, ending: 'overloaded', retryable: true },
  'daily-cap-reached': { httpStatus: 402, ending: 'no-route', retryable: false },
  'no-common-codec': { httpStatus: 400, ending: 'media-failed', retryable: false },
  'call-not-found': { httpStatus: 404, ending: 'internal-error', retryable: false },
  'call-state-conflict': { httpStatus: 409, ending: 'internal-error', retryable: false },
  'shutting-down': { httpStatus: 503, ending: 'server-shutdown', retryable: true },
  'carrier-not-found': { httpStatus: 404, ending: 'no-route', retryable: false },
  'carrier-read-only': { httpStatus: 403, ending: 'no-route', retryable: false },
  'carrier-conflict': { httpStatus: 409, ending: 'no-route', retryable: false },
  'sip-user-not-found': { httpStatus: 404, ending: 'no-route', retryable: false },
  'sip-user-read-only': { httpStatus: 403, ending: 'no-route', retryable: false },
  'sip-user-conflict': { httpStatus: 409, ending: 'no-route', retryable: false },
  'config-invalid': { httpStatus: 500, ending: 'internal-error', retryable: false },
  'store-unavailable': { httpStatus: 503, ending: 'internal-error', retryable: true },
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** An error of the world, with a stable code. Ours-broken errors are plain `Error`s by `invariant`. */
export class TrunklineError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** What of a request it is about, as its sender named it. */
  readonly field: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options?: {
      readonly cause?: unknown;
      readonly retryable?: boolean;
      readonly field?: string;
    },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TrunklineError';
    this.code = code;
    this.retryable = options?.retryable ?? ERROR_TABLE[code].retryable;
    this.field = options?.field;
  }
}
