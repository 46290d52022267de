import OpenAI from 'openai';
import { createKeepAliveFetch, type KeepAliveFetch } from '../keep-alive-fetch.ts';

export interface OpenAiAccount {
  readonly apiKey: string;
  /** Up to and including `/v1`; any server that speaks the same protocol. */
  readonly baseUrl: string;
}

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** The HTTP side of an account: one set of warm connections for all its models. */
export class OpenAiConnection {
  readonly client: OpenAI;
  readonly #http: KeepAliveFetch;

  constructor(account: OpenAiAccount) {
    this.#http = createKeepAliveFetch();
    this.client = new OpenAI({
      apiKey: account.apiKey,
      baseURL: account.baseUrl,
      fetch: this.#http.fetch,
      // Deadlines and the retry are the resilient wrapper's.
      maxRetries: 0,
      // The library's log would show what was said.
      logLevel: 'off',
    });
  }

  close(): void {
    this.#http.close();
  }
}

/** `http(s)://host/v1` + `path` as a websocket address. */
export function websocketUrl(baseUrl: string, path: string): string {
  const url = new URL(`${baseUrl.replace(/[/]+$/, '')}/${path}`);
  url.protocol = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws:' : 'wss:';
  return url.href;
}
