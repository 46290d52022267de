/** What goes wrong with one HTTP answer. `parts`: events or audio chunks sent properly before it. */
export type HttpFault =
  | {
      readonly type: 'status';
      readonly status: number;
      readonly retryAfterS?: number;
      readonly code?: string;
      readonly message?: string;
    }
  /** Nothing more comes, the connection stays. */
  | { readonly type: 'stall'; readonly parts: number }
  /** TCP reset. */
  | { readonly type: 'reset'; readonly parts: number }
  /** A proper end of the answer, too early. */
  | { readonly type: 'end'; readonly parts: number }
  /** Bytes that are no event. */
  | { readonly type: 'malformed'; readonly parts: number }
  | { readonly type: 'content-type'; readonly contentType: string };

/** One HTTP request as the server saw it, times on the clock of `process.hrtime`. */
export interface HttpExchange {
  readonly endpoint: 'chat' | 'speech';
  readonly body: Readonly<Record<string, unknown>>;
  readonly receivedAtMs: number;
  firstByteAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** The client went away before the end. */
  abortedAtMs: number | undefined;
  /** Port of the client's socket: the same for requests over one connection. */
  readonly clientPort: number;
}
