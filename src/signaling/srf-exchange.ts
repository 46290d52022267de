import { Deferred } from './deferred.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { headerText } from './sip-headers.ts';
import type { SrfClient, SrfRequestOptions, SrfResponse } from './srf-client.ts';

const REQUEST_TIMEOUT = 408;
const UNAVAILABLE = 503;

/** The final response, or what stands for one that never came. */
export interface ExchangeOutcome {
  readonly status: number;
  readonly reason: string;
  /** Undefined when the network did not answer. */
  readonly response: SrfResponse | undefined;
}

export interface ExchangeRequest extends Readonly<SrfRequestOptions> {
  readonly uri: string;
}

interface SrfExchangeOptions {
  readonly srf: Pick<SrfClient, 'request'>;
  readonly request: ExchangeRequest;
  readonly timeoutMs: number;
  readonly liveCalls: LiveCalls;
}

/** One request outside of a dialog, INVITE apart, and its one outcome. */
export class SrfExchange implements LiveCall {
  readonly #liveCalls: LiveCalls;
  readonly #outcome = new Deferred<ExchangeOutcome>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SrfExchangeOptions) {
    this.#liveCalls = options.liveCalls;
    this.#liveCalls.add(this);
    this.#timer = setTimeout(
      () => this.#settle(REQUEST_TIMEOUT, 'no answer in time'),
      options.timeoutMs,
    );
    this.#send(options);
  }

  get outcome(): Promise<ExchangeOutcome> {
    return this.#outcome.promise;
  }

  lose(reason: string): void {
    this.#settle(UNAVAILABLE, reason);
  }

  release(): Promise<void> {
    this.lose('signalling is closing');
    return Promise.resolve();
  }

  /** The listener must be there before the callback returns: the response may be in the same piece of input. */
  #send({ srf, request }: SrfExchangeOptions): void {
    try {
      const { uri, ...options } = request;
      srf.request(uri, options, (error, sent) => {
        if (sent === undefined) this.#settle(UNAVAILABLE, textOf(error));
        else sent.on('response', (response) => this.#handleResponse(response));
      });
    } catch (error) {
      this.#settle(UNAVAILABLE, textOf(error));
    }
  }

  #handleResponse(response: SrfResponse): void {
    if (response.status < 200) return;
    this.#settle(response.status, headerText(response.reason ?? ''), response);
  }

  #settle(status: number, reason: string, response?: SrfResponse): void {
    clearTimeout(this.#timer);
    this.#liveCalls.remove(this);
    this.#outcome.resolve({ status, reason, response });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
