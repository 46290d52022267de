import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DEFAULT_ADMISSION_LIMITS } from '../sip/admission/admission.ts';
import { DEFAULT_OVERLOAD_LIMITS } from '../sip/admission/overload.ts';
import type { OtherPorts } from '../sip/local-identity.ts';
import { DEFAULT_TIMERS } from '../sip/transaction/timers.ts';
import { DEFAULT_ACCEPT_LIMITS } from './sip-accept-gate.ts';
import { SipAllowList } from './sip-allow-list.ts';
import { DEFAULT_CONNECTION_LIMITS } from './sip-connections.ts';
import { localAddressFor } from './sip-local-addresses.ts';
import type { CaptureBatch } from './sip-tap.ts';
import type {
  FromSipWorker,
  SipChallenge,
  SipFlow,
  SipServerLimits,
  SipThreadStats,
  SipTlsSettings,
  SipWorkerOptions,
  ToSipWorker,
} from './sip-worker-messages.ts';

export type { SipThreadStats } from './sip-worker-messages.ts';

export interface EmbeddedSipServerOptions {
  /** Addresses to bind, IPv4 and IPv6; `0.0.0.0` and `::` for all of a family. */
  readonly host: string | readonly string[];
  /** For UDP and TCP; 0 takes one that is free for both. */
  readonly port: number;
  /** The other transports that are listened on. */
  readonly listen?: SipWorkerOptions['listen'];
  /** Left out: nobody who connects needs a certificate, and those that we connect to are checked against node's authorities. */
  readonly tls?: Partial<SipTlsSettings>;
  /** Origins of pages that may connect by WebSocket; left out, all. */
  readonly webSocketOrigins?: readonly string[];
  /** What the world calls this machine: goes into Via and Contact. */
  readonly externalIp?: string;
  /** Addresses and CIDR blocks that are heard. The rest gets no answer of any kind and is counted. */
  readonly allow: readonly string[];
  /** RFC 3261 T1, in milliseconds; 500 unless a test needs less patience. */
  readonly t1Ms?: number;
  /** `address` or `address:port` of DNS servers to ask instead of those of the system. */
  readonly dnsServers?: readonly string[] | undefined;
  /** Gets every SIP message that is received and sent, in batches; left out, none is captured. */
  readonly onCapture?: (batch: CaptureBatch) => void;
  /** How much is heard of whom, and how many connections there are for how long. */
  readonly limits?: Partial<SipServerLimits>;
  /** A connection that came in has ended; told while {@link EmbeddedSipServer.setChallenge} is on. */
  readonly onFlowClosed?: (flow: SipFlow) => void;
  /** The thread ended without being asked to. There is no server any more. */
  readonly onError?: (error: Error) => void;
}

const DEFAULT_TLS: SipTlsSettings = Object.freeze({
  files: undefined,
  folder: undefined,
  clientCertificate: 'none',
  clientAuthorities: undefined,
  serverAuthorities: undefined,
  unverifiedHosts: [],
  allowsWildcards: false,
});

const DEFAULT_LIMITS: SipServerLimits = Object.freeze({
  admission: DEFAULT_ADMISSION_LIMITS,
  overload: DEFAULT_OVERLOAD_LIMITS,
  connections: DEFAULT_CONNECTION_LIMITS,
  accept: DEFAULT_ACCEPT_LIMITS,
});

interface StatsWaiter {
  readonly resolve: (stats: SipThreadStats) => void;
  readonly reject: (error: Error) => void;
}

type Started = FromSipWorker & { readonly type: 'started' };

/**
 * A SIP server on a thread of its own that speaks drachtio's application protocol on a loopback port: connect drachtio-srf to
 * {@link controlHost}, {@link controlPort} with {@link secret}. Whom it hears and what it counted goes by another way.
 */
export class EmbeddedSipServer {
  readonly controlHost = '127.0.0.1';
  readonly controlPort: number;
  readonly secret: string;
  /** Of UDP and TCP. */
  readonly port: number;
  /** Of the other transports that are listened on. */
  readonly ports: OtherPorts;
  /** The addresses on which it can be reached, the one that leads outside first. */
  readonly addresses: readonly string[];
  readonly #worker: Worker;
  readonly #statsWaiting = new Map<number, StatsWaiter>();
  #nextStats = 1;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker, secret: string, started: Started) {
    this.#worker = worker;
    this.secret = secret;
    this.port = started.port;
    this.ports = started.ports;
    this.controlPort = started.controlPort;
    this.addresses = started.addresses;
  }

  /** Rejects with one line that names the address when the port is taken. */
  static async start(options: EmbeddedSipServerOptions): Promise<EmbeddedSipServer> {
    SipAllowList.parse(options.allow);
    const secret = randomBytes(24).toString('hex');
    const workerData: SipWorkerOptions = {
      hosts: [options.host].flat(),
      port: options.port,
      listen: options.listen ?? {},
      tls: { ...DEFAULT_TLS, ...options.tls },
      webSocketOrigins: options.webSocketOrigins,
      externalIp: options.externalIp,
      allow: options.allow,
      t1Ms: options.t1Ms ?? DEFAULT_TIMERS.t1Ms,
      secret,
      dnsServers: options.dnsServers,
      captures: options.onCapture !== undefined,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
    };
    const worker = new Worker(new URL('./sip-worker.ts', import.meta.url), {
      workerData,
      name: 'sip',
    });
    const [first] = (await once(worker, 'message')) as [FromSipWorker];
    if (first.type !== 'started') {
      await worker.terminate();
      throw new Error(first.type === 'failed' ? first.message : 'the SIP thread did not start');
    }
    const server = new EmbeddedSipServer(worker, secret, first);
    server.#watch(options);
    return server;
  }

  /** Replaces the list; applies to the next datagram and the next connection. Throws when an entry is no block. */
  setAllowed(cidrs: readonly string[]): void {
    SipAllowList.parse(cidrs);
    this.#post({ type: 'set-allowed', cidrs });
  }

  /** The own address from which the system sends to this one, for SDP; undefined when it knows no way there. */
  localAddressFor(destination: string): Promise<string | undefined> {
    return localAddressFor(destination);
  }

  /**
   * With a realm, sources that are not on the list are asked for credentials when they want to call or to register, at a limited rate; what they
   * send with credentials comes to the application, which verifies them (`nonceMac` with the same secret). Without, they get silence.
   */
  setChallenge(challenge: SipChallenge | undefined): void {
    this.#post({ type: 'set-challenge', challenge });
  }

  /** A source whose credentials were right is heard as if it were on the list, for a while. */
  admitGuest(address: string, forMs: number): void {
    this.#post({ type: 'admit-guest', address, forMs });
  }

  /** A stranger who guesses passwords gets no answer for a while. */
  silence(address: string, forMs: number): void {
    this.#post({ type: 'silence', address, forMs });
  }

  /** Rejects when the server is closed. */
  stats(): Promise<SipThreadStats> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the SIP server is closed'));
    const id = this.#nextStats++;
    return new Promise((resolve, reject) => {
      this.#statsWaiting.set(id, { resolve, reject });
      this.#post({ type: 'stats', id });
    });
  }

  /** Ends the thread and its sockets; calls in progress are not told. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const exited = once(this.#worker, 'exit');
    this.#post({ type: 'close' });
    await exited;
  }

  #post(message: ToSipWorker): void {
    this.#worker.postMessage(message);
  }

  #watch({ onError, onCapture, onFlowClosed }: EmbeddedSipServerOptions): void {
    this.#worker.on('message', (message: FromSipWorker) => {
      if (message.type === 'capture') {
        this.#post({ type: 'capture-read' });
        onCapture?.(message.batch);
      }
      if (message.type === 'flow-closed') onFlowClosed?.(message.flow);
      if (message.type !== 'stats') return;
      this.#statsWaiting.get(message.id)?.resolve(message.stats);
      this.#statsWaiting.delete(message.id);
    });
    let cause: unknown;
    this.#worker.on('error', (error) => {
      cause = error;
    });
    this.#worker.on('exit', (code) => {
      for (const { reject } of this.#statsWaiting.values())
        reject(new Error('the SIP thread ended'));
      if (this.#closing !== undefined) return;
      this.#closing = Promise.resolve();
      onError?.(new Error(`the SIP thread ended with code ${code}`, { cause }));
    });
  }
}
