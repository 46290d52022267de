import { z } from 'zod';

const TIMEOUT_MS = 10_000;

const pageSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

const callSchema = z.object({
  id: z.string(),
  direction: z.string(),
  carrier: z.string().nullable(),
  created_at: z.string(),
  end_reason: z.string().nullable(),
});

const ladderSchema = z.object({
  note: z.string().nullable(),
  omitted: z.int(),
  omitted_after: z.int(),
  messages: z.array(
    z.object({
      at: z.string(),
      delta_ms: z.number(),
      direction: z.enum(['in', 'out']),
      transport: z.string(),
      local: z.string(),
      remote: z.string(),
      start_line: z.string(),
      method: z.string().nullable(),
      status: z.int().nullable(),
      cseq: z.string().nullable(),
      sip_call_id: z.string().nullable(),
      sdp: z.boolean(),
      identity: z.string().nullable(),
      retransmission: z.boolean(),
      text: z.string(),
    }),
  ),
});

export type CallSummary = z.output<typeof callSchema>;
export type LadderAnswer = z.output<typeof ladderSchema>;

/** The engine's API, as far as ladders go. Every error is one line that says what to do. */
export class LadderClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async newestCall(): Promise<string> {
    const { data } = pageSchema.parse(await this.#json('/v1/calls?limit=1'));
    const [newest] = data;
    if (newest === undefined) throw new Error('there is no call yet');
    return newest.id;
  }

  async call(callId: string): Promise<CallSummary> {
    return callSchema.parse(await this.#json(`/v1/calls/${callId}`));
  }

  /** The answer as it came. */
  ladderJson(callId: string): Promise<unknown> {
    return this.#json(`/v1/calls/${callId}/sip`);
  }

  async ladder(callId: string): Promise<LadderAnswer> {
    return ladderSchema.parse(await this.ladderJson(callId));
  }

  async pcap(callId: string): Promise<Uint8Array> {
    const answer = await this.#fetch(`/v1/calls/${callId}/sip.pcap`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async #json(path: string): Promise<unknown> {
    return (await this.#fetch(path)).json();
  }

  async #fetch(path: string): Promise<Response> {
    const answer = await fetch(this.#url + path, {
      headers: { authorization: `Bearer ${this.#key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw new Error(
        `no engine answers at ${this.#url}: is it running? --url URL for another one`,
        { cause },
      );
    });
    if (answer.ok) return answer;
    if (answer.status === 401)
      throw new Error(`the engine at ${this.#url} does not know this API key`);
    throw new Error(`the engine answered ${answer.status}: ${detailOf(await answer.text())}`);
  }
}

function detailOf(body: string): string {
  try {
    const { detail } = z.object({ detail: z.string() }).parse(JSON.parse(body));
    return detail;
  } catch {
    return body.slice(0, 200);
  }
}
