import { noBytes } from '../../../src/core/bytes.ts';
import { after, type MonotonicMs, monotonicMs } from '../../../src/core/time.ts';
import { Headers } from '../../../src/sip/message/headers.ts';
import type { SipResponse } from '../../../src/sip/message/sip-message.ts';
import { ResponseContext } from '../../../src/sip/proxy/response-context.ts';
import type {
  ResponseContextInput,
  ResponseContextOptions,
  ResponseContextOutput,
} from '../../../src/sip/proxy/response-context-io.ts';

export function response(
  statusCode: number,
  ...headers: readonly (readonly [string, string])[]
): SipResponse {
  return {
    type: 'response',
    statusCode,
    reason: 'Reason',
    headers: Headers.of(...headers),
    body: noBytes(),
  };
}

/** A response context in virtual time, with what it did as lines of text. */
export class ResponseContextRun {
  readonly context: ResponseContext;
  readonly outputs: ResponseContextOutput[] = [];
  readonly #unread: string[] = [];
  now: MonotonicMs = monotonicMs(0);

  constructor(targets: readonly string[], options: Partial<ResponseContextOptions> = {}) {
    this.context = new ResponseContext(
      {
        isInvite: true,
        isParallel: false,
        followRedirects: false,
        provisionalTimeoutMs: undefined,
        ...options,
      },
      targets,
      this.now,
    );
    this.#drain();
  }

  /** What happened since the last time. */
  get news(): readonly string[] {
    return this.#unread.splice(0);
  }

  input(input: ResponseContextInput): this {
    this.context.handleInput(input, this.now);
    this.#drain();
    return this;
  }

  respond(
    branch: number,
    statusCode: number,
    ...headers: readonly (readonly [string, string])[]
  ): this {
    return this.input({ type: 'response', branch, response: response(statusCode, ...headers) });
  }

  fail(branch: number, statusCode: 408 | 503): this {
    return this.input({ type: 'failed', branch, statusCode });
  }

  end(branch: number): this {
    return this.input({ type: 'ended', branch });
  }

  wait(durationMs: number): this {
    const until = after(this.now, durationMs);
    for (let at = this.context.pollTimeout(); at !== undefined && at <= until; ) {
      this.now = at;
      this.context.handleTimeout(at);
      this.#drain();
      at = this.context.pollTimeout();
    }
    this.now = until;
    return this;
  }

  #drain(): void {
    for (let output = this.context.pollOutput(); output; output = this.context.pollOutput()) {
      this.outputs.push(output);
      this.#unread.push(describeOutput(output));
    }
  }
}

function describeOutput(output: ResponseContextOutput): string {
  switch (output.type) {
    case 'try':
      return `try ${output.branch} ${output.target.uri}`;
    case 'cancel':
      return `cancel ${output.branch}`;
    case 'forward':
      return `forward ${output.response.statusCode}`;
    case 'answer':
      return `answer ${output.best.statusCode}`;
    case 'report':
      return `report ${output.branch} ${output.final.statusCode}`;
    default:
      return output.type;
  }
}
