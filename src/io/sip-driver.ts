import { randomBytes, randomUUID } from 'node:crypto';
import type { Socket as UdpSocket } from 'node:dgram';
import { assertNever } from '../core/invariant.ts';
import type { MonotonicMs } from '../core/time.ts';
import { DrachtioServer } from '../drachtio/drachtio-server.ts';
import type { DrachtioServerInput, DrachtioServerOutput } from '../drachtio/drachtio-server-io.ts';
import type { Endpoint } from '../sip/endpoint.ts';
import { type LocationTarget, locationTargetOf } from '../sip/locate/location-target.ts';
import { DEFAULT_SESSION_SECONDS } from '../sip/session-expires.ts';
import { DEFAULT_TIMERS } from '../sip/transaction/timers.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { SipAllowList } from './sip-allow-list.ts';
import { SipControlServer } from './sip-control-server.ts';
import { SipResolver } from './sip-resolver.ts';
import { bindSipSockets, reachableAddresses } from './sip-sockets.ts';
import type { SipTap } from './sip-tap.ts';
import { SipTcpTransport } from './sip-tcp-transport.ts';
import type { SipServerStats, SipWorkerOptions } from './sip-worker-messages.ts';

const CONTROL_HOST = '127.0.0.1';
const MAX_SERVER_TRANSACTIONS = 50_000;
/** Addresses of one target that a request tries at most. */
const MAX_ATTEMPTS = 8;
const REFUSED = 'Service Unavailable';
const UNRESOLVED = 'DNS Error';

/**
 * Sockets, clock and timer around one {@link DrachtioServer}. Everything happens on one thread: an input, then its outputs, then
 * the timer for what comes next. {@link close} ends the sockets; what is still on its way is dropped.
 */
export class SipDriver {
  readonly #machine: DrachtioServer;
  readonly #udp: UdpSocket;
  readonly #tcp: SipTcpTransport;
  readonly #control: SipControlServer;
  readonly #resolver: SipResolver;
  readonly port: number;
  readonly controlPort: number;
  readonly addresses: readonly string[];
  /** Sees every message; set before the first one. */
  tap: SipTap | undefined;
  #allowList: SipAllowList;
  #droppedNotAllowed = 0;
  #timer: { readonly deadline: MonotonicMs; readonly handle: NodeJS.Timeout } | undefined;
  #isClosed = false;

  private constructor(options: SipWorkerOptions, opened: Opened) {
    this.#udp = opened.udp;
    this.#control = opened.control;
    this.port = opened.port;
    this.controlPort = opened.controlPort;
    this.addresses = reachableAddresses(options.host);
    this.#allowList = SipAllowList.parse(options.allow);
    this.#resolver = new SipResolver({
      servers: options.dnsServers,
      transports: ['udp', 'tcp'],
      families: ['A'],
    });
    this.#machine = new DrachtioServer({
      addresses: this.addresses,
      port: opened.port,
      externalIp: options.externalIp,
      timers: { ...DEFAULT_TIMERS, t1Ms: options.t1Ms },
      secret: options.secret,
      epochMs: Date.now() - monotonicClock.now(),
      createId: randomUUID,
      createToken: () => randomBytes(12).toString('hex'),
      maxServerTransactions: MAX_SERVER_TRANSACTIONS,
      sessionExpiresSeconds: DEFAULT_SESSION_SECONDS,
    });
    this.#tcp = new SipTcpTransport(opened.tcp, options.host, {
      onMessage: (bytes, source) => this.handle({ type: 'sip-received', bytes, source }),
      onSendFailed: (transaction) => this.#fail(transaction, REFUSED),
      isAllowed: (address) => this.#isAllowed(address),
    });
    this.#udp.on('message', (bytes, { address: host, port }) => {
      if (!this.#isAllowed(host)) return;
      const source = { transport: 'udp', host, port, connection: undefined } as const;
      this.handle({ type: 'sip-received', bytes, source });
    });
    // A send reports its error to its own callback; what remains concerns no one message.
    this.#udp.on('error', () => undefined);
  }

  static async open(options: SipWorkerOptions): Promise<SipDriver> {
    const opened: { driver?: SipDriver } = {};
    // No client knows the port before the driver exists.
    const feed = (input: DrachtioServerInput) => opened.driver?.handle(input);
    const control = new SipControlServer({
      onConnected: (connection) => feed({ type: 'client-connected', connection }),
      onBytes: (connection, bytes) => feed({ type: 'client-bytes', connection, bytes }),
      onClosed: (connection) => feed({ type: 'client-closed', connection }),
    });
    const sockets = await bindSipSockets(options.host, options.port);
    const controlPort = await control.listen(CONTROL_HOST);
    opened.driver = new SipDriver(options, { ...sockets, control, controlPort });
    return opened.driver;
  }

  get stats(): SipServerStats {
    return {
      ...this.#machine.stats,
      droppedNotAllowed: this.#droppedNotAllowed,
      tcpConnections: this.#tcp.size,
    };
  }

  setAllowed(cidrs: readonly string[]): void {
    this.#allowList = SipAllowList.parse(cidrs);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer?.handle);
    this.#control.close();
    this.#resolver.close();
    this.#tcp.close();
    this.#udp.close();
  }

  #isAllowed(address: string): boolean {
    const isAllowed = this.#allowList.allows(address);
    if (!isAllowed) this.#droppedNotAllowed++;
    return isAllowed;
  }

  /** One thing happened; what follows from it is sent before this returns. */
  handle(input: DrachtioServerInput): void {
    if (this.#isClosed) return;
    if (input.type === 'sip-received') this.tap?.received(input.bytes, input.source);
    this.#machine.handleInput(input, monotonicClock.now());
    this.#flush();
  }

  #fail(transaction: string | undefined, reason: string): void {
    if (transaction !== undefined) this.handle({ type: 'sip-failed', transaction, reason });
  }

  #flush(): void {
    const machine = this.#machine;
    for (let output = machine.pollOutput(); output; output = machine.pollOutput()) {
      this.#act(output);
    }
    this.#arm();
  }

  #act(output: DrachtioServerOutput): void {
    switch (output.type) {
      case 'client-send':
        this.#control.send(output.connection, output.bytes);
        return;
      case 'client-close':
        this.#control.end(output.connection);
        return;
      case 'sip-send':
        this.#send(output.bytes, output.to, output.transaction);
        return;
      case 'sip-locate':
        void this.#locate(output.transaction, output.target);
        return;
      case 'sip-unreachable':
        this.#resolver.noteDead(output.to);
        return;
      default:
        assertNever(output);
    }
  }

  #send(bytes: Uint8Array, to: Endpoint, transaction: string | undefined): void {
    const target = locationTargetOf({ ...to, connection: undefined });
    if (target === undefined || this.#tcp.isOpen(to)) {
      this.#sendTo(bytes, { ...to, address: to.host }, transaction);
      return;
    }
    // An ACK, or a request whose connection is gone: it goes to the first address, its Via names the transport.
    void this.#resolver.locate({ ...target, transport: to.transport }).then(([first]) => {
      if (first === undefined) this.#fail(transaction, UNRESOLVED);
      else this.#sendTo(bytes, { ...to, ...first, address: first.host }, transaction);
    });
  }

  async #locate(transaction: string, target: LocationTarget): Promise<void> {
    const addresses = await this.#resolver.locate(target);
    const endpoints = addresses.map((each) => ({ ...each, connection: undefined }));
    if (endpoints.length === 0) this.#fail(transaction, UNRESOLVED);
    else
      this.handle({
        type: 'sip-located',
        transaction,
        endpoints: endpoints.slice(0, MAX_ATTEMPTS),
      });
  }

  #sendTo(
    bytes: Uint8Array,
    to: Endpoint & { readonly address: string },
    transaction: string | undefined,
  ): void {
    if (this.#isClosed) return;
    if (to.port < 1 || to.port > 65_535) {
      setImmediate(() => this.#fail(transaction, REFUSED));
      return;
    }
    this.tap?.sent(bytes, to);
    if (to.transport === 'tcp') {
      this.#tcp.send(bytes, to, transaction);
      return;
    }
    this.#udp.send(bytes, to.port, to.address, (error) => {
      if (error !== null) this.#fail(transaction, REFUSED);
    });
  }

  /** A timer that fires too early finds nothing due; one is only replaced by an earlier one. */
  #arm(): void {
    const deadline = this.#machine.pollTimeout();
    if (deadline === undefined) return;
    if (this.#timer !== undefined && this.#timer.deadline <= deadline) return;
    clearTimeout(this.#timer?.handle);
    const delayMs = Math.max(0, Math.ceil(deadline - monotonicClock.now()));
    this.#timer = { deadline, handle: setTimeout(() => this.#wake(), delayMs) };
  }

  #wake(): void {
    this.#timer = undefined;
    this.#machine.handleTimeout(monotonicClock.now());
    this.#flush();
  }
}

interface Opened extends Awaited<ReturnType<typeof bindSipSockets>> {
  readonly control: SipControlServer;
  readonly controlPort: number;
}
