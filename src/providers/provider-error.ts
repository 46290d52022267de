import { type ErrorCode, TrunklineError } from '../core/errors.ts';

/** A provider's failure. Its message names the provider and the kind of failure, never a key, a prompt or a transcript. */
export class ProviderError extends TrunklineError {
  /** What the provider asked us to wait (`Retry-After`, RFC 9110 10.2.3). */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly retryable?: boolean; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(code, message, options.retryable === undefined ? {} : { retryable: options.retryable });
    this.name = 'ProviderError';
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Makes a vendor library's, node's or an abort's error one of ours.
 *
 * @param source who failed and at what, such as `openai speech`; the beginning of the message.
 * @param signal whatever a request died of after this was aborted, it is the abort.
 */
export function toProviderError(
  cause: unknown,
  source: string,
  signal?: AbortSignal,
): TrunklineError {
  if (signal?.aborted) return abortedError(source);
  if (cause instanceof TrunklineError) return cause;
  const chain = causeChain(cause);
  const known = knownFault(chain);
  if (known) return new ProviderError(known.code, `${source}: ${known.reason}`);
  const answered = chain.find((error) => typeof error.status === 'number');
  if (answered) return fromAnswer(answered, source);
  return new ProviderError('provider-protocol', `${source}: ${nameOf(cause)}`);
}

/** The error for an HTTP answer that is not a success. `vendorCode`: the machine-readable code in its body, if any. */
export function httpStatusError(
  status: number,
  source: string,
  details: { readonly vendorCode?: string | undefined; readonly retryAfter?: string | null } = {},
): ProviderError {
  const vendorCode = tokenOrNothing(details.vendorCode);
  const message = `${source}: HTTP ${status}${vendorCode === undefined ? '' : ` ${vendorCode}`}`;
  const exhausted = vendorCode === 'insufficient_quota';
  return new ProviderError(codeOfStatus(status), message, {
    ...(exhausted ? { retryable: false } : {}),
    retryAfterMs: retryAfterMs(details.retryAfter),
  });
}

/** The error for a websocket that closed while it was needed (RFC 6455 7.4.1). */
export function closeCodeError(closeCode: number, source: string): ProviderError {
  return new ProviderError(codeOfClose(closeCode), `${source}: websocket closed ${closeCode}`);
}

export function protocolError(source: string, problem: string): ProviderError {
  return new ProviderError('provider-protocol', `${source}: ${problem}`);
}

export function abortedError(source: string): ProviderError {
  return new ProviderError('provider-aborted', `${source}: aborted`);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 408 || status === 504) return 'provider-timeout';
  if (status === 429 || status === 503 || status === 529) return 'provider-overloaded';
  if (status >= 500) return 'provider-unreachable';
  return 'provider-rejected';
}

function codeOfClose(closeCode: number): ErrorCode {
  if (closeCode === 1008 || closeCode === 1010) return 'provider-rejected';
  if (closeCode === 1011 || closeCode === 1012 || closeCode === 1013) return 'provider-overloaded';
  if (closeCode === 1000 || closeCode === 1001 || closeCode === 1006) return 'provider-unreachable';
  return 'provider-protocol';
}

/** What vendor libraries put on their errors, all of it unchecked. */
interface LooseError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly headers?: unknown;
  readonly cause?: unknown;
  readonly constructor?: unknown;
}

/** Libraries wrap the socket's error once or twice; more would be a cycle. */
const MAX_CAUSES = 5;

function causeChain(cause: unknown): readonly LooseError[] {
  const chain: LooseError[] = [];
  let current = cause;
  while (typeof current === 'object' && current !== null && chain.length < MAX_CAUSES) {
    const error: LooseError = current;
    chain.push(error);
    current = error.cause;
  }
  return chain;
}

const UNREACHABLE_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  // undici's: the connection could not be made, was cut, or was closed by us.
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

interface KnownFault {
  readonly code: ErrorCode;
  readonly reason: string;
}

function knownFault(chain: readonly LooseError[]): KnownFault | undefined {
  for (const error of chain) {
    const fault = faultByName(nameOf(error)) ?? faultBySystemCode(error.code);
    if (fault) return fault;
  }
  return undefined;
}

function faultByName(name: string): KnownFault | undefined {
  if (name === 'AbortError' || name === 'APIUserAbortError') {
    return { code: 'provider-aborted', reason: 'aborted' };
  }
  if (name === 'TimeoutError' || name === 'APIConnectionTimeoutError') {
    return { code: 'provider-timeout', reason: 'timed out' };
  }
  if (name === 'SyntaxError') return { code: 'provider-protocol', reason: 'malformed answer' };
  return undefined;
}

function faultBySystemCode(code: unknown): KnownFault | undefined {
  if (!UNREACHABLE_CODES.has(code)) return undefined;
  return { code: 'provider-unreachable', reason: String(code) };
}

function fromAnswer(error: LooseError, source: string): ProviderError {
  return httpStatusError(Number(error.status), source, {
    vendorCode: typeof error.code === 'string' ? error.code : undefined,
    retryAfter: error.headers instanceof Headers ? error.headers.get('retry-after') : null,
  });
}

/** The class of an error; vendor libraries do not set `name`. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  return error.name === 'Error' ? error.constructor.name : error.name;
}

/** A vendor's code is shown only when it looks like one: free text could repeat what we sent. */
function tokenOrNothing(value: string | undefined): string | undefined {
  return value !== undefined && /^[a-z0-9_.-]{1,64}$/i.test(value) ? value : undefined;
}

const MAX_RETRY_AFTER_S = 3_600;

function retryAfterMs(value: string | null | undefined): number | undefined {
  if (value === null || value === undefined || !/^\d{1,6}([.]\d{1,3})?$/.test(value)) {
    return undefined;
  }
  return Math.min(Number(value), MAX_RETRY_AFTER_S) * 1_000;
}
