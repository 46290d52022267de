import { WebSocket } from 'ws';
import type { TrunklineError } from '../core/errors.ts';
import {
  closeCodeError,
  httpStatusError,
  protocolError,
  toProviderError,
} from './provider-error.ts';

export interface ReplaySocketOptions {
  /** Begins every error message, such as `openai transcription`. */
  readonly source: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent first on every connection. */
  readonly hello: readonly string[];
  readonly limits?: ReplaySocketLimits;
}

export interface ReplaySocketLimits {
  readonly connectTimeoutMs: number;
  readonly retryDelayMs: number;
  /** A peer that leaves a ping unanswered for this long is gone (RFC 6455 5.5.2). */
  readonly pingIntervalMs: number;
  /** What may be waiting for a connection or be sent again on the next one; beyond it the oldest is forgotten. */
  readonly maxLogBytes: number;
  /** A connection that lived this long earns the next one its retry. */
  readonly provenAfterMs: number;
}

export const DEFAULT_REPLAY_SOCKET_LIMITS: ReplaySocketLimits = Object.freeze({
  connectTimeoutMs: 3_000,
  retryDelayMs: 200,
  pingIntervalMs: 10_000,
  maxLogBytes: 256 * 1_024,
  provenAfterMs: 10_000,
});

export interface ReplaySocketListener {
  /** A new connection: what is not settled has been sent (again). */
  onOpen(): void;
  onMessage(text: string): void;
  /** Nothing follows. */
  onLost(error: TrunklineError): void;
}

/** Larger messages than any of a recogniser's end the connection. */
const MAX_PAYLOAD_BYTES = 1_048_576;
/** How long the peer may take to answer our close frame. */
const CLOSE_GRACE_MS = 1_000;

interface LoggedMessage {
  readonly serial: number;
  readonly data: string | Uint8Array;
}

/**
 * A websocket that survives losing its connection once: what was sent and not yet settled is kept, bounded, and sent again on the
 * next connection. Messages sent while it connects wait in the same log.
 */
export class ReplaySocket {
  readonly #options: ReplaySocketOptions;
  readonly #limits: ReplaySocketLimits;
  readonly #listener: ReplaySocketListener;
  #socket: WebSocket | undefined;
  #log: LoggedMessage[] = [];
  #logBytes = 0;
  #serial = 0;
  #retryLeft = true;
  #openedAtMs = 0;
  #failure: TrunklineError | undefined;
  #awaitingPong = false;
  #pingTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: ReplaySocketOptions, listener: ReplaySocketListener) {
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_REPLAY_SOCKET_LIMITS;
    this.#listener = listener;
    this.#connect();
  }

  /** Sends, now or once connected. Returns the number to {@link settle} it by. The data must not be changed afterwards. */
  send(data: string | Uint8Array): number {
    this.#serial += 1;
    if (this.#ended) return this.#serial;
    this.#log.push({ serial: this.#serial, data });
    this.#logBytes += data.length;
    this.#forgetOldest();
    if (this.isOpen) this.#socket?.send(data);
    return this.#serial;
  }

  /** Sends if there is a connection, and never again. */
  sendOnce(data: string): void {
    if (this.isOpen) this.#socket?.send(data);
  }

  /** What was sent up to `serial` has been answered: it need not be sent again. */
  settle(serial: number): void {
    while (this.#log[0] && this.#log[0].serial <= serial) this.#dropFirst();
    this.#retryLeft = true;
  }

  /** The number of the oldest message that would be sent again. */
  get oldestSerial(): number {
    return this.#log[0]?.serial ?? this.#serial + 1;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Ends the connection because of what came over it; the next one, if it is still allowed, sends the log again. */
  fail(error: TrunklineError): void {
    if (this.#ended) return;
    this.#failure = error;
    this.#socket?.terminate();
  }

  /** Idempotent; nothing is reported afterwards. `farewell` is sent first if there is a connection. */
  close(farewell?: string): void {
    if (this.#ended) return;
    if (farewell !== undefined) this.sendOnce(farewell);
    this.#end();
    const socket = this.#socket;
    if (!socket) return;
    if (socket.readyState !== WebSocket.OPEN) {
      socket.terminate();
      return;
    }
    socket.close(1000);
    const grace = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.once('close', () => clearTimeout(grace));
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.url, {
      headers: { ...this.#options.headers },
      handshakeTimeout: this.#limits.connectTimeoutMs,
      maxPayload: MAX_PAYLOAD_BYTES,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    this.#failure = undefined;
    socket.on('open', () => this.#handleOpen(socket));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!this.#ended && !isBinary) this.#listener.onMessage(data.toString('utf8'));
    });
    socket.on('pong', () => {
      this.#awaitingPong = false;
    });
    socket.on('unexpected-response', (_request, response) => {
      this.#failure = httpStatusError(response.statusCode ?? 502, this.#options.source);
      response.destroy();
      socket.terminate();
    });
    socket.on('error', (error) => {
      this.#failure ??= describe(error, this.#options.source);
    });
    socket.on('close', (code) => this.#handleClose(code));
  }

  #handleOpen(socket: WebSocket): void {
    if (this.#ended) return;
    this.#openedAtMs = performance.now();
    for (const message of this.#options.hello) socket.send(message);
    for (const message of this.#log) socket.send(message.data);
    this.#awaitingPong = false;
    this.#pingTimer = setInterval(() => this.#ping(socket), this.#limits.pingIntervalMs);
    this.#listener.onOpen();
  }

  #ping(socket: WebSocket): void {
    if (this.#awaitingPong) {
      this.fail(toProviderError(new DOMException('', 'TimeoutError'), this.#options.source));
      return;
    }
    this.#awaitingPong = true;
    socket.ping();
  }

  #handleClose(code: number): void {
    clearInterval(this.#pingTimer);
    if (this.#ended) return;
    const error = this.#failure ?? closeCodeError(code, this.#options.source);
    const wasOpen = this.#openedAtMs > 0;
    if (wasOpen && performance.now() - this.#openedAtMs >= this.#limits.provenAfterMs) {
      this.#retryLeft = true;
    }
    this.#openedAtMs = 0;
    if (!this.#retryLeft || !error.retryable) {
      this.#end();
      this.#listener.onLost(error);
      return;
    }
    this.#retryLeft = false;
    // A dropped connection is replaced at once; a refused one would be refused again in the same millisecond.
    this.#retryTimer = setTimeout(() => this.#connect(), wasOpen ? 0 : this.#limits.retryDelayMs);
  }

  #end(): void {
    this.#ended = true;
    clearInterval(this.#pingTimer);
    clearTimeout(this.#retryTimer);
    this.#log = [];
    this.#logBytes = 0;
  }

  #forgetOldest(): void {
    while (this.#logBytes > this.#limits.maxLogBytes && this.#log.length > 1) this.#dropFirst();
  }

  #dropFirst(): void {
    this.#logBytes -= this.#log.shift()?.data.length ?? 0;
  }
}

function describe(error: Error, source: string): TrunklineError {
  if (error.message === 'Opening handshake has timed out') {
    return toProviderError(new DOMException('', 'TimeoutError'), source);
  }
  const known = toProviderError(error, source);
  return known.code === 'provider-protocol' ? protocolError(source, 'websocket failure') : known;
}
