import { ConcurrencyLimit } from './concurrency-limit.ts';
import { DigestSession } from './digest-session.ts';
import { pingRequest } from './options-ping.ts';
import { RealmPins } from './realm-pins.ts';
import { registerOnce } from './register-exchange.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import type {
  DialListener,
  DialRequest,
  InboundVerdict,
  OutgoingCall,
  RegisterOutcome,
  RegisterRequest,
  Signaling,
  SignalingAddresses,
  SignalingHandler,
  SipOutcome,
  SipTarget,
} from './signaling.ts';
import { SrfConnection, type SrfConnectionOptions } from './srf-connection.ts';
import type { ExchangeOutcome, ExchangeRequest } from './srf-exchange.ts';

const RECONNECT_FIRST_MS = 250;
const RECONNECT_MAX_MS = 5_000;
/** The 64*T1 of the transaction (RFC 3261 section 17.1.2.2), and a little. */
const REGISTER_TIMEOUT_MS = 33_000;
const MAX_PINGS_AT_ONCE = 32;
const MAX_PINGS_WAITING = 1_000;
const UNAVAILABLE = 503;
const EVERYBODY: InboundVerdict = Object.freeze({ type: 'accept' });
const NOT_CONNECTED = 'not connected to the SIP server';

/** Written by pino-like loggers: fields first. */
interface SignalingLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SrfSignalingOptions extends Omit<SrfConnectionOptions, 'pins'> {
  readonly logger?: SignalingLogger;
}

/**
 * {@link Signaling} over drachtio-srf: the embedded SIP server or a real drachtio-server, it cannot tell which.
 * What happens when: docs/signaling.md.
 */
export class SrfSignaling implements Signaling {
  readonly #options: SrfSignalingOptions;
  readonly #pins = new RealmPins();
  readonly #sequences = new SequenceNumbers();
  readonly #pings = new ConcurrencyLimit(MAX_PINGS_AT_ONCE, MAX_PINGS_WAITING);
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
    queueMicrotask(() => listener.onFailed(UNAVAILABLE, NOT_CONNECTED));
    return { cancel: () => undefined };
  }

  async ping(target: SipTarget, timeoutMs: number): Promise<SipOutcome> {
    const outcome = await this.#pings.run(() =>
      this.#exchange(() => pingRequest(target), timeoutMs),
    );
    if (outcome === undefined) {
      return { status: UNAVAILABLE, reason: 'too many pings at once', rttMs: 0 };
    }
    const { status, reason, rttMs } = outcome;
    return { status, reason, rttMs };
  }

  register(request: RegisterRequest): Promise<RegisterOutcome> {
    const { credentials, host, port } = request;
    const server = `${host}:${port ?? ''}`;
    return registerOnce(request, {
      exchange: (build) => this.#exchange(build, REGISTER_TIMEOUT_MS),
      digest: new DigestSession({ credentials, server, pins: this.#pins }),
      sequences: this.#sequences,
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#reconnectTimer);
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  async #exchange(
    build: () => ExchangeRequest,
    timeoutMs: number,
  ): Promise<ExchangeOutcome & { readonly rttMs: number }> {
    const startedAtMs = performance.now();
    const outcome = await this.#send(build, timeoutMs);
    return { ...outcome, rttMs: performance.now() - startedAtMs };
  }

  async #send(build: () => ExchangeRequest, timeoutMs: number): Promise<ExchangeOutcome> {
    const unsent = { status: UNAVAILABLE, reason: NOT_CONNECTED, response: undefined };
    if (this.#connection === undefined) return unsent;
    try {
      return await this.#connection.exchange(build(), timeoutMs);
    } catch (error) {
      return { ...unsent, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #connect(): Promise<SignalingAddresses> {
    const options = { ...this.#options, pins: this.#pins };
    const connection = new SrfConnection(options, {
      onIncoming: (call) => this.#handler?.onIncoming(call),
      credentialsFor: (source, as) => this.#handler?.credentialsFor?.(source, as),
      mayReplace: (source, owner) =>
        source === owner || (this.#handler?.mayReplace?.(source, owner) ?? false),
      authenticate: (request) => this.#handler?.authenticate?.(request) ?? EVERYBODY,
      onRegister: (request, from) => this.#handler?.onRegister?.(request, from),
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
