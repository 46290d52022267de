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
    const response = await fetch(this.#baseUrl + path, {
      headers: { authorization: `Bearer ${this.#apiKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}: ${text}`);
    return schema.parse(JSON.parse(text));
  }
}
