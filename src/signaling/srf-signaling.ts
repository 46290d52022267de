import type {
  DialListener,
  DialRequest,
  OutgoingCall,
  Signaling,
  SignalingAddresses,
  SignalingHandler,
} from './signaling.ts';
import { SrfConnection, type SrfConnectionOptions } from './srf-connection.ts';

const RECONNECT_FIRST_MS = 250;
const RECONNECT_MAX_MS = 5_000;

/** Written by pino-like loggers: fields first. */
interface SignalingLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SrfSignalingOptions extends SrfConnectionOptions {
  readonly logger?: SignalingLogger;
}

/**
 * {@link Signaling} over drachtio-srf: the embedded SIP server or a real drachtio-server, it cannot tell which.
 * What happens when: docs/signaling.md.
 */
export class SrfSignaling implements Signaling {
  readonly #options: SrfSignalingOptions;
  #handler: SignalingHandler | undefined;
  #connection: SrfConnection | undefined;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SrfSignalingOptions) {
    this.#options = options;
  }

  /** False from the loss of the connection until it is there again. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  start(handler: SignalingHandler): Promise<SignalingAddresses> {
    this.#handler = handler;
    return this.#connect();
  }

  dial(request: DialRequest, listener: DialListener): OutgoingCall {
    if (this.#connection !== undefined) return this.#connection.dial(request, listener);
    queueMicrotask(() => listener.onFailed(503, 'not connected to the SIP server'));
    return { cancel: () => undefined };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#reconnectTimer);
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  async #connect(): Promise<SignalingAddresses> {
    const connection = new SrfConnection(this.#options, {
      onIncoming: (call) => this.#handler?.onIncoming(call),
      onApplicationError: (error) =>
        this.#options.logger?.error({ err: error }, 'signalling event not handled'),
      onLost: (error) => this.#handleLost(error),
    });
    const addresses = await connection.open();
    if (this.#isClosed) {
      await connection.close();
      throw new Error('signalling was closed');
    }
    this.#connection = connection;
    return addresses;
  }

  #handleLost(error: Error): void {
    this.#connection = undefined;
    this.#options.logger?.warn({ err: error }, 'connection to the SIP server lost');
    this.#scheduleReconnect(RECONNECT_FIRST_MS);
    this.#handler?.onDisconnected(error);
  }

  #scheduleReconnect(delayMs: number): void {
    if (this.#isClosed) return;
    this.#reconnectTimer = setTimeout(() => {
      this.#connect().then(
        () => this.#options.logger?.info({}, 'connected to the SIP server again'),
        () => this.#scheduleReconnect(Math.min(2 * delayMs, RECONNECT_MAX_MS)),
      );
    }, delayMs);
  }
}
