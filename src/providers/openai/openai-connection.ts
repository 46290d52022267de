import OpenAI from 'openai';
import { httpStatusError } from '../provider-error.ts';
import { type StreamedAnswer, StreamingHttp } from '../streaming-http.ts';

export interface OpenAiAccount {
  readonly apiKey: string;
  /** Up to and including `/v1`; any server that speaks the same protocol. */
  readonly baseUrl: string;
}

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** The HTTP side of an account: one set of warm connections for all its models. */
export class OpenAiConnection {
  readonly client: OpenAI;
  readonly #http = new StreamingHttp();
  readonly #account: OpenAiAccount;

  constructor(account: OpenAiAccount) {
    this.#account = account;
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

  /**
   * Posts JSON and streams the answer, without the library: it costs a millisecond that is only worth it where its types and its event parser are used.
   * @throws ProviderError for an answer that is not a success
   */
  async post(
    path: string,
    body: object,
    context: { readonly source: string; readonly signal: AbortSignal },
  ): Promise<StreamedAnswer> {
    const { baseUrl, apiKey } = this.#account;
    const answer = await this.#http.request(urlOf(baseUrl, path), {
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: context.signal,
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const vendorCode = vendorCodeOf(await readText(answer));
    const retryAfter = answer.header('retry-after') ?? null;
    throw httpStatusError(answer.status, context.source, { vendorCode, retryAfter });
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}

const MAX_ERROR_CHARS = 65_536;

async function readText({ body }: StreamedAnswer): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk;
    if (text.length > MAX_ERROR_CHARS) break;
  }
  return text;
}

/** `error.code` of the vendor's JSON, when it is that. */
function vendorCodeOf(text: string): string | undefined {
  try {
    const code: unknown = JSON.parse(text)?.error?.code;
    return typeof code === 'string' ? code : undefined;
  } catch {
    // A proxy's error page: the status says enough.
    return undefined;
  }
}

/** `http(s)://host/v1` + `path` as a websocket address. */
export function websocketUrl(baseUrl: string, path: string): string {
  const url = urlOf(baseUrl, path);
  url.protocol = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws:' : 'wss:';
  return url.href;
}

function urlOf(baseUrl: string, path: string): URL {
  return new URL(`${baseUrl.replace(/[/]+$/, '')}/${path}`);
}
