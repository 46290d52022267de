import { API_KEY } from './engine-config.ts';
import { until } from './until.ts';

/** A turn of the trace, in milliseconds since the answer. */
export interface TurnView {
  readonly kind: string;
  readonly caller_speech_start_ms?: number;
  readonly caller_speech_end_ms?: number;
  readonly endpoint_ms?: number;
  readonly transcript_final_ms?: number;
  readonly llm_request_ms?: number;
  readonly llm_first_token_ms?: number;
  readonly first_sentence_ms?: number;
  readonly tts_request_ms?: number;
  readonly tts_first_byte_ms?: number;
  readonly first_packet_out_ms?: number;
  readonly playout_end_ms?: number;
  readonly endpoint_reason?: string;
  readonly barge_in?: {
    readonly outcome: string;
    readonly heard_ms?: number;
    readonly onset_ms?: number;
    readonly ducked_ms?: number;
    readonly stopped_ms?: number;
  };
  readonly error?: string;
}

/** `GET /v1/calls/{id}`, as far as tests look. */
export interface CallView {
  readonly id: string;
  readonly status: string;
  readonly call_status: string | null;
  readonly end_reason: string | null;
  readonly ended_by: string | null;
  readonly sip_status: number | null;
  readonly sip_reason: string | null;
  readonly sip_call_id: string | null;
  readonly carrier: string | null;
  readonly direction: string;
  readonly completed: boolean;
  readonly duration: number;
  readonly started_at: string | null;
  readonly end_at: string | null;
  readonly recording_url: string | null;
  /** Minutes. */
  readonly recording_duration: number | null;
  readonly error_message: string | null;
  readonly transcript: readonly {
    readonly user: string;
    readonly text: string;
    readonly interrupted: boolean;
  }[];
  readonly turns: readonly TurnView[];
}

export interface ApiAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A client of the REST API. */
export class ApiClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async request<T>(method: string, path: string, body?: object): Promise<ApiAnswer<T>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${API_KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as T };
  }

  /** Calls `+4930999` unless `body` says otherwise; returns the call's id. */
  async dial(body: object = {}): Promise<string> {
    const answer = await this.request<{ readonly call_id: string }>('POST', '/v1/calls', {
      phone_number: '+493099999',
      task: 'Say hello and listen.',
      first_sentence: 'Good morning, this is a test call.',
      voice: 'slt',
      ...body,
    });
    if (answer.status !== 201) throw new Error(`not created: ${JSON.stringify(answer.body)}`);
    return answer.body.call_id;
  }

  async call(id: string): Promise<CallView> {
    return (await this.request<CallView>('GET', `/v1/calls/${id}`)).body;
  }

  /** Newest first. */
  async calls(): Promise<readonly CallView[]> {
    return (await this.request<{ readonly data: CallView[] }>('GET', '/v1/calls?limit=100')).body
      .data;
  }

  async callWith(id: string, status: string): Promise<CallView> {
    return until(`call is ${status}`, async () => {
      const call = await this.call(id);
      return call.status === status ? call : undefined;
    });
  }

  /** The call when everything of it is stored. */
  async ended(id: string, limitMs = 15_000): Promise<CallView> {
    const isOver = async () => {
      const call = await this.call(id);
      return call.completed ? call : undefined;
    };
    return until('the call is over', isOver, limitMs);
  }

  /** The newest call, by its id. */
  async newest(): Promise<string> {
    return until('a call', async () => (await this.calls())[0]?.id);
  }
}
