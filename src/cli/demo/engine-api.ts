import type { z } from 'zod';
import {
  type CallObject,
  callPageSchema,
  callSchema,
  type Health,
  healthSchema,
} from './call-object.ts';

const TIMEOUT_MS = 5_000;

/** The engine's REST API, as any client sees it. */
export class EngineApi {
  readonly #baseUrl: string;
  readonly #apiKey: string;

  constructor(baseUrl: string, apiKey: string) {
    this.#baseUrl = baseUrl;
    this.#apiKey = apiKey;
  }

  health(): Promise<Health> {
    return this.#read('/health', healthSchema);
  }

  call(id: string): Promise<CallObject> {
    return this.#read(`/v1/calls/${id}`, callSchema);
  }

  /** Undefined while the call is not there yet. */
  async idOfSipCall(sipCallId: string): Promise<string | undefined> {
    const page = await this.#read('/v1/calls?limit=10', callPageSchema);
    return page.data.find((call) => call.sip_call_id === sipCallId)?.id;
  }

  async #read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { status, text } = await this.#fetch(path).catch((cause: unknown) => {
      throw new Error(`the engine does not answer GET ${path}`, { cause });
    });
    if (status !== 200) throw new Error(`the engine answered GET ${path} with ${status}: ${text}`);
    return schema.parse(JSON.parse(text));
  }

  async #fetch(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(this.#baseUrl + path, {
      headers: { authorization: `Bearer ${this.#apiKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  }
}
