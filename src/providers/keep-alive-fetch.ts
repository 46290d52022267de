import type { IncomingMessage, RequestOptions } from 'node:http';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { UnderlyingSource } from 'node:stream/web';

/**
 * `fetch` for streamed answers over connections that stay open. The global one closes an idle connection after four seconds, which
 * costs a TLS handshake on most turns of a phone call. Redirects are not followed.
 */
export interface KeepAliveFetch {
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Closes the idle connections and those in use. */
  close(): void;
}

/** Free connections kept per host: what 256 calls at once left behind. */
const MAX_FREE_SOCKETS = 256;
/** Answers that have no body (Fetch standard, "null body status"). */
const NULL_BODY_STATUS: ReadonlySet<number> = new Set([204, 205, 304]);
const AGENT_OPTIONS = { keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS, noDelay: true } as const;

export function createKeepAliveFetch(): KeepAliveFetch {
  const httpAgent = new HttpAgent(AGENT_OPTIONS);
  const httpsAgent = new HttpsAgent(AGENT_OPTIONS);
  return {
    fetch(url, init = {}) {
      const target = new URL(url instanceof Request ? url.url : url);
      return target.protocol === 'https:'
        ? exchange((options) => httpsRequest(target, { ...options, agent: httpsAgent }), init)
        : exchange((options) => httpRequest(target, { ...options, agent: httpAgent }), init);
    },
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function exchange(
  open: (options: RequestOptions) => ClientRequest,
  init: RequestInit,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = open({
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.signal ? { signal: init.signal } : {}),
    });
    request.on('error', reject);
    request.on('response', (incoming) => {
      try {
        resolve(toResponse(incoming));
      } catch (error) {
        // A status or header that the Fetch standard does not allow.
        incoming.destroy();
        reject(error);
      }
    });
    if (typeof init.body === 'string') request.end(init.body);
    else request.end();
  });
}

function toResponse(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const status = incoming.statusCode ?? 502;
  if (!NULL_BODY_STATUS.has(status)) {
    return new Response(toReadableStream(incoming), { status, headers });
  }
  incoming.resume();
  return new Response(null, { status, headers });
}

/** Chunks read ahead of the consumer before the socket is paused. */
const READ_AHEAD_CHUNKS = 16;

function toReadableStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let settled = false;
  const source: UnderlyingSource<Uint8Array> = {
    start(controller) {
      const settle = (finish: () => void) => {
        if (!settled) finish();
        settled = true;
      };
      incoming.on('data', (bytes: Uint8Array) => {
        if (settled) return;
        controller.enqueue(bytes);
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.on('end', () => settle(() => controller.close()));
      incoming.on('error', (error) => settle(() => controller.error(error)));
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      settled = true;
      incoming.destroy();
    },
  };
  return new ReadableStream(source, { highWaterMark: READ_AHEAD_CHUNKS });
}
