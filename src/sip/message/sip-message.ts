import type { Headers } from './headers.ts';

/** A request or response as values. Text is a byte string (`core/bytes.ts`); the body stays bytes. */
export type SipMessage = SipRequest | SipResponse;

export interface SipRequest {
  readonly type: 'request';
  readonly method: string;
  /** The Request-URI as it stands in the start line. */
  readonly uri: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly type: 'response';
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What cannot be processed. `statusCode` is the answer a request deserves; a response is dropped. */
export interface Malformed {
  readonly type: 'malformed';
  readonly of: 'request' | 'response' | 'unknown';
  readonly statusCode: number;
  readonly reason: string;
  /** What could be read, for the headers that an answer echoes. */
  readonly headers: Headers;
  readonly method: string | undefined;
}

/** What one message may have of each thing; the longest that peers are known to send is a quarter of it. */
export const MESSAGE_LIMITS = Object.freeze({
  startLineOctets: 8_192,
  headerLineOctets: 16_384,
  headerLines: 256,
  /** Values of Via, Route, Record-Route and Contact each. */
  listValues: 100,
});

/** RFC 3261 section 18.1.1: every element must handle messages up to the maximum datagram. */
export const MAX_MESSAGE_BYTES = 65_535;
