/** One final transcript as the server saw it, times on the clock of `process.hrtime`. */
export interface SttFinalRecord {
  /** Number of the connection it went over, from 0. */
  readonly connection: number;
  /** Arrival of the last audio that was as loud as speech. */
  readonly lastSpeechAtMs: number | undefined;
  /** Arrival of the client's commit or Finalize; undefined when the server ended the speech by itself. */
  readonly committedAtMs: number | undefined;
  readonly finalSentAtMs: number;
  /** Audio received since the final before. */
  readonly audioMs: number;
  readonly text: string;
}

/** What goes wrong with one websocket handshake. */
export type HandshakeFault =
  | { readonly type: 'refuse'; readonly status: number }
  /** No answer at all. */
  | { readonly type: 'hang' }
  /** Accepted, then closed at once with this code; 1006: without a close frame. */
  | { readonly type: 'close'; readonly code: number };
