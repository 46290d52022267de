import { setTimeout as delay } from 'node:timers/promises';
import Srf from 'drachtio-srf';
import { Deferred } from './deferred.ts';
import { DigestSession } from './digest-session.ts';
import { challenge, inboundRegister, inboundRequest } from './inbound-request.ts';
import type { InviteOptions } from './invite-request.ts';
import { LiveCalls } from './live-calls.ts';
import type { RealmPins } from './realm-pins.ts';
import { findReplaced } from './replaced-call.ts';
import type {
  AuthenticatedAs,
  CallerCredentials,
  DialListener,
  DialRequest,
  InboundRegister,
  InboundRequest,
  InboundVerdict,
  OutgoingCall,
  RegisterReply,
  SignalingAddresses,
} from './signaling.ts';
import type { SrfClient, SrfRequest, SrfResponse } from './srf-client.ts';
import { type ExchangeOutcome, type ExchangeRequest, SrfExchange } from './srf-exchange.ts';
import { SrfIncomingCall } from './srf-incoming-call.ts';
import { SrfOutgoingCall } from './srf-outgoing-call.ts';
import {
  ALLOW,
  answerOptions,
  completeOldInvite,
  invalidInvite,
  refuseMethod,
  refuseUnknownDialog,
  UNSUPPORTED_METHODS,
} from './uas-policy.ts';

const OPEN_TIMEOUT_MS = 5_000;
/** BYEs and CANCELs get this long to be answered before {@link SrfConnection.close} cuts the connection. */
const RELEASE_TIMEOUT_MS = 2_000;
const DISCONNECT_TIMEOUT_MS = 500;
const DEFAULT_SIP_PORT = 5060;
/** RFC 3261 section 8.2.1. */
const NOT_REGISTRAR: RegisterReply = Object.freeze({ status: 405, headers: { Allow: ALLOW } });
/** The version of our own server says so. */
const EMBEDDED = /-trunkline$/;

export interface SrfConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly createSrf?: () => SrfClient;
  /** Kept over connections. */
  readonly pins: RealmPins;
  readonly invite?: InviteOptions;
  /** No more calls are taken: whoever asks with OPTIONS sends them elsewhere. */
  readonly isDraining?: () => boolean;
}

export interface SrfConnectionListener {
  onIncoming(call: SrfIncomingCall): void;
  mayReplace(source: string, owner: string): boolean;
  credentialsFor(source: string, as?: AuthenticatedAs): CallerCredentials | undefined;
  authenticate(request: InboundRequest): InboundVerdict;
  /** Undefined: nobody registers here. */
  onRegister(request: InboundRegister, from: AuthenticatedAs): RegisterReply | undefined;
  /** A callback of the application threw. */
  onApplicationError(error: unknown): void;
  /** Once, after {@link SrfConnection.open} resolved; every call on it has been told. */
  onLost(error: Error): void;
}

/**
 * One life of one connection to the SIP server. The library would reconnect by itself, but cannot be stopped from it and
 * keeps the dialogs of the lost connection; so it is told not to, and a new connection is a new object.
 */
export class SrfConnection {
  readonly #options: SrfConnectionOptions;
  readonly #listener: SrfConnectionListener;
  readonly #srf: SrfClient;
  readonly #liveCalls: LiveCalls;
  readonly #opened = new Deferred<SignalingAddresses>();
  readonly #gone = new Deferred<void>();
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #addresses: SignalingAddresses | undefined;
  #lastError: Error | undefined;

  constructor(options: SrfConnectionOptions, listener: SrfConnectionListener) {
    this.#options = options;
    this.#listener = listener;
    this.#liveCalls = new LiveCalls((error) => listener.onApplicationError(error));
    this.#srf = options.createSrf?.() ?? new Srf();
    this.#srf.on('connect', (error, hostports, version) => {
      if (error) this.#fail(error);
      else
        this.#handleConnected({
          hostports: hostports?.split(',') ?? [],
          serverVersion: version ?? '',
        });
    });
    this.#srf.on('error', (error) => this.#handleError(error));
    this.#srf.on('close', () => this.#handleClosed());
    this.#route();
  }

  open(): Promise<SignalingAddresses> {
    const { host, port, secret } = this.#options;
    const timer = setTimeout(() => this.#fail(new Error('no answer')), OPEN_TIMEOUT_MS);
    this.#srf.connect({ host, port, secret, reconnect: { maxAttempts: 1 } });
    return this.#opened.promise.finally(() => clearTimeout(timer));
  }

  dial(request: DialRequest, listener: DialListener): OutgoingCall {
    const { pins, invite = {} } = this.#options;
    const call = new SrfOutgoingCall({
      srf: this.#srf,
      request,
      listener,
      liveCalls: this.#liveCalls,
      pins,
      invite,
      tellsTrying: EMBEDDED.test(this.#addresses?.serverVersion ?? ''),
      isSelf: (host, port) => isAmong(this.#addresses?.hostports ?? [], host, port),
    });
    queueMicrotask(() => call.start());
    return call;
  }

  /** Never rejects. */
  exchange(request: ExchangeRequest, timeoutMs: number): Promise<ExchangeOutcome> {
    const { outcome } = new SrfExchange({
      srf: this.#srf,
      request,
      timeoutMs,
      liveCalls: this.#liveCalls,
    });
    return outcome;
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      await within(RELEASE_TIMEOUT_MS, this.#liveCalls.releaseAll());
    }
    this.#state = 'closed';
    this.#liveCalls.loseAll('signalling was closed');
    if (this.#disconnect()) await within(DISCONNECT_TIMEOUT_MS, this.#gone.promise);
  }

  #route(): void {
    const srf = this.#srf;
    srf.use(refuseUnknownDialog);
    srf.use('invite', (req, res) => this.#handleInvite(req, res));
    srf.use(
      'options',
      answerOptions(() => this.#options.isDraining?.() ?? false),
    );
    srf.use('register', (req, res) => this.#handleRegister(req, res));
    for (const method of UNSUPPORTED_METHODS) srf.use(method, refuseMethod);
  }

  #handleInvite(req: SrfRequest, res: SrfResponse): void {
    completeOldInvite(req);
    const verdict = this.#authenticate(inboundRequest(req), res);
    if (verdict?.type === 'accept') this.#takeInvite(req, res, verdict.as);
  }

  #takeInvite(req: SrfRequest, res: SrfResponse, authenticatedAs?: AuthenticatedAs): void {
    const refusal = invalidInvite(req);
    if (refusal !== undefined) {
      const { status, ...options } = refusal;
      res.send(status, options);
      return;
    }
    if (this.#state === 'closed') {
      res.send(503);
      return;
    }
    const replaced = findReplaced(req, this.#liveCalls, (source, owner) =>
      this.#listener.mayReplace(source, owner),
    );
    if (replaced.status !== undefined) {
      res.send(replaced.status);
      return;
    }
    const { dialog: replaces, early } = replaced;
    const digest = this.#digestFor(req.source_address, authenticatedAs);
    const call = new SrfIncomingCall({
      srf: this.#srf,
      req,
      res,
      liveCalls: this.#liveCalls,
      interval: this.#options.invite ?? {},
      ...(digest && { digest }),
      authenticatedAs,
      ...(replaces && { replaces }),
      ...(early && { replacesEarly: early }),
    });
    const wasTold = this.#liveCalls.tell(() => {
      this.#listener.onIncoming(call);
      return true;
    });
    if (!wasTold) call.reject(500);
  }

  #digestFor(source: string, as?: AuthenticatedAs): DigestSession | undefined {
    const found = this.#liveCalls.tell(() => this.#listener.credentialsFor(source, as));
    return found && new DigestSession({ ...found, pins: this.#options.pins });
  }

  #handleRegister(req: SrfRequest, res: SrfResponse): void {
    const request = inboundRegister(req);
    const verdict = this.#authenticate(request, res);
    if (verdict?.type !== 'accept') return;
    const { as } = verdict;
    const reply = this.#liveCalls.tell(
      () => (as && this.#listener.onRegister(request, as)) ?? NOT_REGISTRAR,
    );
    if (reply === undefined) res.send(500);
    else res.send(reply.status, { headers: { ...reply.headers } });
  }

  /** Undefined when the question has been answered, or is not to be. */
  #authenticate(request: InboundRequest, res: SrfResponse): InboundVerdict | undefined {
    const verdict = this.#liveCalls.tell(() => this.#listener.authenticate(request));
    if (verdict === undefined) res.send(500);
    else if (verdict.type === 'challenge') challenge(res, verdict.challenges);
    return verdict;
  }

  #handleConnected(addresses: SignalingAddresses): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#addresses = addresses;
    this.#opened.resolve(addresses);
  }

  /** While it opens it is the reason of the failure; afterwards `close` follows. */
  #handleError(error: Error): void {
    this.#lastError = error;
    this.#fail(error);
  }

  #handleClosed(): void {
    this.#gone.resolve();
    const error = this.#lastError ?? new Error('closed by the SIP server');
    this.#fail(error);
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#liveCalls.loseAll('connection to the SIP server lost');
    this.#liveCalls.tell(() => this.#listener.onLost(error));
  }

  #fail(cause: Error): void {
    if (this.#state !== 'opening') return;
    this.#state = 'closed';
    this.#disconnect();
    const { host, port } = this.#options;
    this.#opened.reject(
      new Error(`cannot connect to the SIP server at ${host}:${port}: ${cause.message}`, { cause }),
    );
  }

  #disconnect(): boolean {
    try {
      this.#srf.disconnect();
      return true;
    } catch {
      // It was never connected, or is gone: the library finds no socket.
      return false;
    }
  }
}

/** `udp/192.0.2.1:5060` and so on. */
function isAmong(hostports: readonly string[], host: string, port = DEFAULT_SIP_PORT): boolean {
  const own = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return hostports.some((hostport) => hostport.split('/')[1] === own);
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined);
  await Promise.race([work, timeout]);
  stop.abort();
}
