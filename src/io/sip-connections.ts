import type { PeerCertificate } from 'node:tls';
import { type ConnectionAlias, connectionAlias } from '../sip/connection-alias.ts';
import { type Endpoint, isSecure, isWebSocket, type Transport } from '../sip/endpoint.ts';
import { isIpAddress } from '../sip/ip-address.ts';
import type { Framed } from '../sip/message/stream-framer.ts';
import type { SipChannel } from './sip-channel.ts';

export interface SipConnectionLimits {
  readonly maxConnections: number;
  readonly maxUnsentBytes: number;
  /** A connection that came in and has not brought one whole message in this time is closed, whatever else it brings. */
  readonly firstMessageMs: number;
  /** RFC 3261 section 18.3 leaves it open how long the rest of a message may take. */
  readonly partialMessageMs: number;
  /** RFC 3261 timers B and F: after that the request has failed anyway. */
  readonly silenceMs: number;
  /** How long a connection of ours may take until it carries messages. */
  readonly connectMs: number;
  /** How long a peer may take to read why its connection is closed, and to close its side. */
  readonly farewellMs: number;
  /** A connection that says nothing for so long is closed. */
  readonly idleMs: number;
  /** How often a connection that we opened is pinged while nothing is heard (RFC 5626 section 4.4.1); 0 is never. */
  readonly pingMs: number;
  /** A peer that has answered pings and leaves one unanswered for so long is gone. */
  readonly pongMs: number;
  /** How often all of this is looked at. */
  readonly sweepMs: number;
}

export const DEFAULT_CONNECTION_LIMITS: SipConnectionLimits = Object.freeze({
  maxConnections: 2_000,
  maxUnsentBytes: 1_048_576,
  firstMessageMs: 32_000,
  partialMessageMs: 32_000,
  silenceMs: 32_000,
  connectMs: 5_000,
  farewellMs: 4_000,
  idleMs: 3_600_000,
  pingMs: 27_000,
  pongMs: 10_000,
  sweepMs: 2_000,
});

const CLOSED = 'Connection Closed';

interface Connection {
  readonly id: number;
  readonly channel: SipChannel;
  readonly source: Endpoint;
  /** Whom its certificate was checked for; undefined for one that came in. */
  readonly openedFor: string | undefined;
  /** Names under which it is found. */
  readonly keys: Set<string>;
  /** Client transactions whose request nothing was heard after. */
  readonly unheard: string[];
  /** When it is dropped unless something is heard by then: no peer is that slow, but a path that is gone says nothing. */
  heardBy: number | undefined;
  /** When it is dropped unless it is open, or the message that has begun is complete, by then. */
  dropAt: number | undefined;
  dropReason: string;
  /** When it is dropped unless it has brought its first message. */
  introduceBy: number | undefined;
  isOpen: boolean;
  lastHeard: number;
  pingedAt: number | undefined;
  /** The first ping after which nothing was heard. */
  unansweredSince: number | undefined;
  answersPings: boolean;
  isIntroduced: boolean;
}

export interface SipConnectionsListener {
  onMessage(bytes: Uint8Array, source: Endpoint): void;
  /** A connection that came in and brought a message has ended. */
  onClosed?(source: Pick<Endpoint, 'transport' | 'host' | 'port'>): void;
  /** `reason` is the phrase of a 503. */
  onSendFailed(transaction: string, reason: string): void;
  /** Opens a connection to an address; throws when the host cannot be one. */
  dial(to: SipDestination, certificateName: string): SipChannel;
  /** Whether a verified certificate, if there is one, is good for this name. */
  certifies(certificate: PeerCertificate | undefined, name: string): boolean;
}

/** An endpoint whose host has been resolved. */
export interface SipDestination extends Endpoint {
  readonly address: string;
}

/**
 * Connections of all transports that have any, in both directions and used again in both (RFC 3261 section 18, RFC 5923). When there are too
 * many, the one that has been quiet for the longest time makes room: nobody can lock others out by opening connections.
 *
 * A connection is found by its id, and under transport, address and port: those that we dialled, those that a peer came from, and the
 * port that a peer listens on when it asks for that (`alias`) or its certificate is verified. Over TLS a request for a host uses a connection
 * only when the certificate is for that host.
 */
export class SipConnections {
  readonly #listener: SipConnectionsListener;
  readonly #limits: SipConnectionLimits;
  /** The one that brought a message or a keep-alive last is the last. */
  readonly #connections = new Map<number, Connection>();
  readonly #byKey = new Map<string, Connection>();
  readonly #sweep: NodeJS.Timeout;
  #nextId = 1;

  constructor(listener: SipConnectionsListener, limits = DEFAULT_CONNECTION_LIMITS) {
    this.#listener = listener;
    this.#limits = limits;
    this.#sweep = setInterval(() => this.#check(performance.now()), limits.sweepMs).unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Whether {@link send} to this endpoint needs no address. */
  isOpen({ connection }: Endpoint): boolean {
    return this.#connections.get(connection ?? 0)?.channel.isUsable === true;
  }

  /** Over the connection that is named when it is open, else over one to that address, which is opened when needed. */
  send(bytes: Uint8Array, to: SipDestination, transaction: string | undefined): void {
    const connection = this.#find(to) ?? this.#dial(to);
    if (typeof connection === 'string') {
      this.#failSoon(transaction, connection);
      return;
    }
    if (transaction !== undefined) {
      connection.unheard.push(transaction);
      connection.heardBy ??= performance.now() + this.#limits.silenceMs;
    }
    connection.channel.send(bytes);
    if (connection.channel.unsentBytes > this.#limits.maxUnsentBytes) {
      this.#drop(connection, 'Connection Stalled');
    }
  }

  /** A connection that came in and is ready. */
  accept(transport: Transport, channel: SipChannel, host: string, port: number): void {
    this.#add(channel, { transport, host, port }, undefined);
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const { channel } of this.#connections.values()) channel.destroy();
  }

  #find(to: SipDestination): Connection | undefined {
    const named = this.#connections.get(to.connection ?? 0);
    if (named?.channel.isUsable === true) return named;
    const name = nameOf(to);
    const key = keyOf(to.transport, to.address, to.port);
    const candidates = [this.#byKey.get(`${key}|${name}`), this.#byKey.get(key)];
    return candidates.find((each) => each !== undefined && this.#serves(each, to, name));
  }

  #serves({ channel, openedFor }: Connection, { transport }: Endpoint, name: string): boolean {
    if (!channel.isUsable) return false;
    if (!isSecure(transport) || openedFor === name) return true;
    // Who names an address gets whoever is verified there.
    if (isIpAddress(name)) return true;
    return this.#listener.certifies(channel.certificate, name);
  }

  #dial(to: SipDestination): Connection | string {
    // A WebSocket client listens nowhere (RFC 7118 section 5): without its connection there is no way to it.
    if (isWebSocket(to.transport) && to.connection !== undefined) return CLOSED;
    const name = nameOf(to);
    try {
      const { transport, address: host, port } = to;
      const channel = this.#listener.dial(to, name);
      const connection = this.#add(channel, { transport, host, port }, name);
      connection.dropAt = performance.now() + this.#limits.connectMs;
      connection.dropReason = 'Connection Timed Out';
      return connection;
    } catch {
      return 'Invalid Host';
    }
  }

  #add(
    channel: SipChannel,
    place: Pick<Endpoint, 'transport' | 'host' | 'port'>,
    openedFor: string | undefined,
  ): Connection {
    const connection: Connection = {
      id: this.#nextId++,
      channel,
      source: { ...place, connection: this.#nextId - 1 },
      openedFor,
      keys: new Set(),
      unheard: [],
      heardBy: undefined,
      dropAt: undefined,
      dropReason: CLOSED,
      introduceBy:
        openedFor === undefined ? performance.now() + this.#limits.firstMessageMs : undefined,
      isOpen: openedFor === undefined,
      lastHeard: performance.now(),
      pingedAt: undefined,
      unansweredSince: undefined,
      answersPings: false,
      isIntroduced: openedFor !== undefined,
    };
    this.#makeRoom();
    this.#connections.set(connection.id, connection);
    const key = keyOf(place.transport, place.host, place.port);
    this.#nameAs(connection, key);
    if (openedFor !== undefined) this.#nameAs(connection, `${key}|${openedFor}`);
    channel.listener = {
      onOpen: () => this.#noteOpen(connection),
      onFramed: (framed) => this.#read(connection, framed),
      onPong: () => this.#notePong(connection),
      onClosed: (reason) => this.#forget(connection, reason),
    };
    return connection;
  }

  #nameAs(connection: Connection, key: string): void {
    connection.keys.add(key);
    this.#byKey.set(key, connection);
  }

  #noteOpen(connection: Connection): void {
    connection.isOpen = true;
    connection.dropAt = undefined;
    connection.dropReason = CLOSED;
    connection.lastHeard = performance.now();
  }

  #notePong(connection: Connection): void {
    connection.answersPings = true;
    this.#noteHeard(connection);
  }

  #noteHeard(connection: Connection): void {
    connection.unheard.length = 0;
    connection.heardBy = undefined;
    connection.pingedAt = undefined;
    connection.unansweredSince = undefined;
    connection.lastHeard = performance.now();
  }

  #read(connection: Connection, all: readonly Framed[]): void {
    const { channel } = connection;
    this.#noteHeard(connection);
    if (all.length > 0) this.#noteLife(connection);
    for (const framed of all) {
      if (framed.type === 'ping') channel.pong();
      else {
        connection.introduceBy = undefined;
        this.#introduce(connection, framed.bytes);
        this.#listener.onMessage(framed.bytes, connection.source);
      }
      if (framed.type !== 'broken') continue;
      // Answers to the unreadable have been written by now; the stream cannot be read any further.
      channel.end();
      connection.dropAt = performance.now() + this.#limits.farewellMs;
    }
    if (channel.isPartial) connection.dropAt ??= performance.now() + this.#limits.partialMessageMs;
  }

  /** RFC 5923 section 5: the first request says where else than at its source the peer is reached over this connection. */
  #introduce(connection: Connection, bytes: Uint8Array): void {
    if (connection.isIntroduced) return;
    connection.isIntroduced = true;
    const { transport, host } = connection.source;
    const alias = isWebSocket(transport) ? undefined : connectionAlias(bytes);
    if (alias === undefined || !this.#mayAlias(connection, alias)) return;
    const key = keyOf(transport, host, alias.sentByPort);
    // A connection that we opened ourselves is the better one.
    if (this.#byKey.get(key)?.channel.isUsable !== true) this.#nameAs(connection, key);
  }

  /** Over TLS a certificate has to prove who asks (section 6). */
  #mayAlias({ channel, source }: Connection, alias: ConnectionAlias): boolean {
    return isSecure(source.transport) ? channel.certificate !== undefined : alias.isAsked;
  }

  #noteLife(connection: Connection): void {
    connection.dropAt = undefined;
    if (!this.#connections.delete(connection.id)) return;
    this.#connections.set(connection.id, connection);
  }

  #makeRoom(): void {
    if (this.#connections.size < this.#limits.maxConnections) return;
    const [quietest] = this.#connections.values();
    if (quietest === undefined) return;
    this.#connections.delete(quietest.id);
    this.#drop(quietest, 'Too Many Connections');
  }

  #drop(connection: Connection, reason: string): void {
    connection.dropReason = reason;
    connection.channel.destroy();
  }

  #forget(connection: Connection, reason: string): void {
    this.#connections.delete(connection.id);
    for (const key of connection.keys) {
      if (this.#byKey.get(key) === connection) this.#byKey.delete(key);
    }
    const said = reason === CLOSED ? connection.dropReason : reason;
    for (const transaction of connection.unheard) this.#listener.onSendFailed(transaction, said);
    const { openedFor, isIntroduced, source } = connection;
    if (openedFor === undefined && isIntroduced) {
      const { transport, host, port } = source;
      this.#listener.onClosed?.({ transport, host, port });
    }
  }

  #failSoon(transaction: string | undefined, reason: string): void {
    if (transaction === undefined) return;
    setImmediate(() => this.#listener.onSendFailed(transaction, reason));
  }

  #check(now: number): void {
    for (const connection of this.#connections.values()) {
      const { dropAt = Infinity, heardBy = Infinity, lastHeard, dropReason } = connection;
      if (now >= dropAt) this.#drop(connection, dropReason);
      else if (now >= heardBy) this.#drop(connection, 'No Answer');
      else if (now >= (connection.introduceBy ?? Infinity)) this.#drop(connection, CLOSED);
      else if (now >= lastHeard + this.#limits.idleMs) this.#drop(connection, CLOSED);
      else this.#keepAlive(connection, now);
    }
  }

  /** RFC 5626 section 4.4.1. Only a peer that is known to answer is given up for a missing answer: many do not. */
  #keepAlive(connection: Connection, now: number): void {
    const { openedFor, isOpen, lastHeard, pingedAt, unansweredSince, channel } = connection;
    const { pingMs, pongMs } = this.#limits;
    if (openedFor === undefined || !isOpen || pingMs === 0) return;
    const isLate = unansweredSince !== undefined && now >= unansweredSince + pongMs;
    if (isLate && connection.answersPings) {
      this.#drop(connection, 'No Answer');
      return;
    }
    if (now < Math.max(lastHeard, pingedAt ?? 0) + pingMs) return;
    connection.pingedAt = now;
    connection.unansweredSince ??= now;
    channel.ping();
  }
}

/** Whom a certificate has to name. */
function nameOf({ certificateName, host }: Endpoint): string {
  return (certificateName ?? host).toLowerCase();
}

function keyOf(transport: Transport, host: string, port: number): string {
  return `${transport}|${host}|${port}`;
}
