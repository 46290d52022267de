import { randomUUID } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { assertNever } from '../core/invariant.ts';
import type { MonotonicMs } from '../core/time.ts';
import { DrachtioServer } from '../drachtio/drachtio-server.ts';
import type { DrachtioServerInput, DrachtioServerOutput } from '../drachtio/drachtio-server-io.ts';
import { Admission } from '../sip/admission/admission.ts';
import { type Endpoint, TRANSPORTS } from '../sip/endpoint.ts';
import { isIpv6 } from '../sip/ip-address.ts';
import { LocalIdentity, type OtherPorts } from '../sip/local-identity.ts';
import { type LocationTarget, locationTargetOf } from '../sip/locate/location-target.ts';
import { DEFAULT_SESSION_SECONDS } from '../sip/session-expires.ts';
import { DEFAULT_TIMERS } from '../sip/transaction/timers.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { SipAcceptGate } from './sip-accept-gate.ts';
import { SipAllowList } from './sip-allow-list.ts';
import { SipChallenger } from './sip-challenger.ts';
import { SipConnections, type SipDestination } from './sip-connections.ts';
import { SipControlServer } from './sip-control-server.ts';
import { dialSip } from './sip-dialler.ts';
import { serveSip } from './sip-listeners.ts';
import { SipLoadMeter } from './sip-load-meter.ts';
import { addressFamilies, type LocalAddresses, localAddresses } from './sip-local-addresses.ts';
import { type OpenedSockets, openSipSockets } from './sip-open-sockets.ts';
import { SipResolver } from './sip-resolver.ts';
import type { SipTap } from './sip-tap.ts';
import { certifies, isUnverified, type SipTlsOptions } from './sip-tls.ts';
import { openTls } from './sip-tls-settings.ts';
import { SipUdpTransport } from './sip-udp-transport.ts';
import type {
  SipChallenge,
  SipFlow,
  SipServerLimits,
  SipServerStats,
  SipWorkerOptions,
} from './sip-worker-messages.ts';

const TOKEN_CHARS = 24;
const CONTROL_HOST = '127.0.0.1';
/** A finished call keeps three for 32 s: one address, which takes half of them, has 1,300 calls per second. */
const MAX_SERVER_TRANSACTIONS = 250_000;
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
  readonly #udp: SipUdpTransport;
  readonly #connections: SipConnections;
  readonly #gate: SipAcceptGate;
  readonly #servers: Opened['servers'];
  readonly #control: SipControlServer;
  readonly #resolver: SipResolver;
  readonly #hosts: readonly string[];
  readonly #identity: LocalIdentity;
  readonly port: number;
  readonly ports: OtherPorts;
  readonly controlPort: number;
  readonly addresses: readonly string[];
  /** Sees every message; set before the first one. */
  tap: SipTap | undefined;
  /** A connection that came in has ended, while strangers may say who they are. */
  onFlowClosed: ((flow: SipFlow) => void) | undefined;
  readonly #admission: Admission;
  readonly #load: SipLoadMeter;
  #challenger: SipChallenger | undefined;
  #timer: { readonly deadline: MonotonicMs; readonly handle: NodeJS.Timeout } | undefined;
  #isClosed = false;

  private constructor(options: SipWorkerOptions, opened: Opened) {
    const { addresses, prefixBits } = opened.local;
    const { limits } = options;
    this.#hosts = options.hosts;
    this.#control = opened.control;
    this.#servers = opened.servers;
    this.port = opened.port;
    this.ports = opened.ports;
    this.controlPort = opened.controlPort;
    this.addresses = addresses;
    const allowList = SipAllowList.parse(options.allow);
    this.#admission = new Admission((address) => allowList.allows(address), limits.admission);
    const load = {
      waiting: () => this.#machine.stats.waiting,
      callsInSetUp: () => this.#machine.stats.callsInSetUp,
      onOverloaded: (isOverloaded: boolean) =>
        this.handle({ type: 'sip-overloaded', isOverloaded }),
    };
    this.#load = new SipLoadMeter(load, limits.overload);
    this.#resolver = new SipResolver({
      servers: options.dnsServers,
      transports: TRANSPORTS,
      families: addressFamilies(options.hosts),
    });
    const place = { addresses, prefixBits, port: opened.port, ports: opened.ports };
    this.#identity = new LocalIdentity(place);
    this.#machine = new DrachtioServer({
      ...place,
      externalIp: options.externalIp,
      timers: { ...DEFAULT_TIMERS, t1Ms: options.t1Ms },
      secret: options.secret,
      epochMs: Date.now() - monotonicClock.now(),
      createId: randomUUID,
      createToken,
      maxServerTransactions: MAX_SERVER_TRANSACTIONS,
      sessionExpiresSeconds: DEFAULT_SESSION_SECONDS,
    });
    const isAllowed = (address: string) => this.#admission.hears(address, monotonicClock.now());
    const onMessage = (bytes: Uint8Array, source: Endpoint) => this.#receive(bytes, source);
    this.#udp = new SipUdpTransport(opened.udp, { onMessage, isAllowed });
    this.#connections = this.#openConnections(opened.tls, limits, onMessage);
    this.#gate = new SipAcceptGate(isAllowed, limits.accept);
    const { tls } = opened;
    const parts = { gate: this.#gate, connections: this.#connections, tls };
    for (const [transport, servers] of opened.servers) {
      serveSip(transport, servers, { ...parts, origins: options.webSocketOrigins });
    }
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
    const sockets = await openSipSockets(options);
    const local = await localAddresses(options.hosts);
    const tls = await openTls(options, local.addresses);
    const controlPort = await control.listen(CONTROL_HOST);
    opened.driver = new SipDriver(options, { ...sockets, local, tls, control, controlPort });
    return opened.driver;
  }

  get stats(): SipServerStats {
    const dropped = this.#admission.counts;
    return {
      ...this.#machine.stats,
      droppedNotAllowed: dropped.stranger,
      droppedRate: dropped.rate,
      droppedMethod: dropped.method,
      challenges: dropped.challenges,
      isOverloaded: this.#load.isOverloaded,
      refusedConnections: this.#gate.refused,
      tcpConnections: this.#connections.size,
    };
  }

  setAllowed(cidrs: readonly string[]): void {
    const allowList = SipAllowList.parse(cidrs);
    this.#admission.isKnown = (address) => allowList.allows(address);
  }

  /** With a realm, strangers are challenged for credentials; without, they get silence. */
  setChallenge(challenge: SipChallenge | undefined): void {
    this.#challenger =
      challenge && new SipChallenger(challenge.realm, challenge.secret, challenge.algorithms);
    this.#admission.mode = challenge === undefined ? 'silent' : 'challenge';
  }

  /** A stranger whose credentials were right is heard like a carrier for a while. */
  admitGuest(address: string, forMs: number): void {
    this.#admission.admitGuest(address, forMs, monotonicClock.now());
  }

  /** A stranger who guesses passwords gets no answer for a while. */
  silence(address: string, forMs: number): void {
    this.#admission.silence(address, forMs, monotonicClock.now());
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer?.handle);
    this.#control.close();
    this.#resolver.close();
    this.#load.close();
    this.#gate.close();
    for (const [, servers] of this.#servers) for (const server of servers) server.close();
    this.#connections.close();
    this.#udp.close();
  }

  #openConnections(
    tls: SipTlsOptions,
    { accept, connections }: SipServerLimits,
    onMessage: (bytes: Uint8Array, source: Endpoint) => void,
  ): SipConnections {
    const dialler = {
      tls,
      localAddressFor: (address: string) => this.#localAddressFor(address),
      handshakeMs: accept.handshakeMs,
    };
    const listener = {
      onMessage,
      onSendFailed: (transaction: string, reason: string) => this.#fail(transaction, reason),
      onClosed: (flow: SipFlow) => {
        if (this.#challenger !== undefined) this.onFlowClosed?.(flow);
      },
      dial: (to: SipDestination, name: string) => dialSip(dialler, to, name),
      certifies: (certificate: PeerCertificate | undefined, name: string) =>
        isUnverified(tls, name) || (certificate !== undefined && certifies(certificate, name, tls)),
    };
    return new SipConnections(listener, connections);
  }

  /** Of several bind addresses the one that is in the way; undefined where the system chooses among all of this machine. */
  #localAddressFor(address: string): string | undefined {
    const isSix = isIpv6(address);
    const ofFamily = this.#hosts.filter((host) => isIpv6(host) === isSix);
    if (ofFamily.includes('0.0.0.0') || ofFamily.includes('::')) return undefined;
    const best = this.#identity.addressFor(address);
    return ofFamily.includes(best) ? best : ofFamily[0];
  }

  #receive(bytes: Uint8Array, source: Endpoint): void {
    const verdict = this.#admission.judge(source, bytes, monotonicClock.now());
    if (verdict.type === 'pass') this.handle({ type: 'sip-received', bytes, source });
    else if (verdict.type === 'challenge' && this.#challenger !== undefined) {
      this.handle({
        type: 'sip-stranger',
        bytes,
        source,
        headers: this.#challenger.headers(source.host),
      });
    }
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
    if (target === undefined || this.#connections.isOpen(to)) {
      this.#sendTo(bytes, { ...to, address: to.host }, transaction);
      return;
    }
    // An ACK, or a request whose connection is gone: it goes to the first address, its Via names the transport.
    void this.#resolver.locate({ ...target, transport: to.transport }).then(([first]) => {
      if (first === undefined) this.#fail(transaction, UNRESOLVED);
      else {
        const { certificateName = to.host } = to;
        const place = { ...to, ...first, address: first.host, certificateName };
        this.#sendTo(bytes, place, transaction);
      }
    });
  }

  async #locate(transaction: string, target: LocationTarget): Promise<void> {
    const addresses = await this.#resolver.locate(target);
    const endpoints = addresses.map((each) => ({
      ...each,
      connection: undefined,
      certificateName: target.host,
      ...(target.transport === undefined && { isTransportOpen: true }),
    }));
    if (endpoints.length === 0) this.#fail(transaction, UNRESOLVED);
    else
      this.handle({
        type: 'sip-located',
        transaction,
        endpoints: endpoints.slice(0, MAX_ATTEMPTS),
      });
  }

  #sendTo(bytes: Uint8Array, to: SipDestination, transaction: string | undefined): void {
    if (this.#isClosed) return;
    if (to.port < 1 || to.port > 65_535) {
      setImmediate(() => this.#fail(transaction, REFUSED));
      return;
    }
    this.tap?.sent(bytes, to);
    if (to.transport !== 'udp') {
      this.#connections.send(bytes, to, transaction);
      return;
    }
    this.#udp.send(bytes, to, this.#localAddressFor(to.address), (error) => {
      if (error !== undefined) this.#fail(transaction, REFUSED);
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

/** 90 random bits: the generator of UUIDs draws its entropy in large pieces. */
function createToken(): string {
  return randomUUID().replaceAll('-', '').slice(0, TOKEN_CHARS);
}

interface Opened extends OpenedSockets {
  readonly local: LocalAddresses;
  readonly tls: SipTlsOptions;
  readonly control: SipControlServer;
  readonly controlPort: number;
}
