import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';

export interface StreamedAnswer {
  readonly status: number;
  /** By lower-case name; several lines of one name as one. */
  header(name: string): string | undefined;
  /** Bytes as they arrive. Destroying it closes the connection. */
  readonly body: Readable;
}

export interface StreamedRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Longer than callers think between two turns: an idle connection saves a TLS handshake. */
const KEEP_ALIVE_MS = 600_000;
/** Per host: a request each of so many calls at once. */
const MAX_CONNECTIONS = 1_024;

/**
 * HTTP for answers that are streamed to a caller who waits: connections stay open between turns, nothing is buffered, redirects are not followed.
 * The global `fetch` closes an idle connection after four seconds and costs a millisecond more per request.
 */
export class StreamingHttp {
  readonly #agent = new Agent({
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // Deadlines are the resilient wrapper's.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async request(url: string | URL, options: StreamedRequest): Promise<StreamedAnswer> {
    const { method = 'POST', headers, body, signal } = options;
    const answer = await request(url, {
      dispatcher: this.#agent,
      method: method as 'POST',
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    // Whoever reads the body is told by the reading; a body that nobody reads any more may fail unheard.
    answer.body.on('error', () => undefined);
    return {
      status: answer.statusCode,
      header(name) {
        const value = answer.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      body: answer.body,
    };
  }

  /** In the form that the `openai` package asks for: of a Response it uses what {@link FetchedAnswer} has. */
  readonly fetch = async (
    url: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    const answer = await this.request(url instanceof Request ? url.url : url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' && { body: init.body }),
      ...(init.signal && { signal: init.signal }),
    });
    // A real Response wraps the body in a web stream, which adds half a millisecond to each first token.
    return new FetchedAnswer(answer) as unknown as Response;
  };

  /** Closes the connections, those in use too. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

class FetchedAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly body: Readable;
  readonly headers: Headers;
  readonly url = '';

  constructor(answer: StreamedAnswer) {
    this.status = answer.status;
    this.ok = answer.status >= 200 && answer.status < 300;
    this.body = answer.body;
    this.headers = new Headers();
    for (const name of HEADERS_USED) {
      const value = answer.header(name);
      if (value !== undefined) this.headers.set(name, value);
    }
  }

  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

/** What the `openai` package and our error mapping read. */
const HEADERS_USED = [
  'content-type',
  'content-length',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'x-should-retry',
];
