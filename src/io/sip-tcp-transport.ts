import { connect, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../sip/endpoint.ts';
import { StreamFramer } from '../sip/message/stream-framer.ts';

const MAX_CONNECTIONS = 2_000;
const MAX_BACKLOG_BYTES = 1_048_576;
/** RFC 3261 section 18.3 leaves it open how long the rest of a message may take. */
const PARTIAL_MESSAGE_MS = 32_000;
/** RFC 3261 timers B and F: after that the request has failed anyway. */
const SILENCE_MS = 32_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a peer may take to read why its connection is closed, and to close its side. */
const FAREWELL_MS = 4_000;
const SWEEP_MS = 4_000;
const PONG = Buffer.from('\r\n');

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  readonly framer: StreamFramer;
  readonly peer: string;
  /** Client transactions whose request nothing was heard after. */
  readonly unheard: string[];
  /** When it is dropped unless something is heard by then: no peer is that slow, but a path that is gone says nothing. */
  heardBy: number | undefined;
  /** When it is dropped unless the message that has begun is complete by then. */
  dropAt: number | undefined;
}

export interface SipTcpListener {
  onMessage(bytes: Uint8Array, source: Endpoint): void;
  onSendFailed(transaction: string): void;
  /** Asked for every connection that comes in. */
  isAllowed(address: string): boolean;
}

/**
 * SIP over TCP: connections in both directions, used again in both. When there are too many, the one that has been quiet for the
 * longest time makes room: nobody can lock others out by opening connections. Closing everything is {@link close}.
 */
export class SipTcpTransport {
  readonly #listener: SipTcpListener;
  readonly #server: Server;
  readonly #localHost: string;
  readonly #maxConnections: number;
  /** The one that brought a message or a keep-alive last is the last. */
  readonly #connections = new Map<number, Connection>();
  readonly #byPeer = new Map<string, Connection>();
  readonly #sweep: NodeJS.Timeout;
  #nextId = 1;

  constructor(
    server: Server,
    localHost: string,
    listener: SipTcpListener,
    maxConnections = MAX_CONNECTIONS,
  ) {
    this.#listener = listener;
    this.#server = server;
    this.#localHost = localHost;
    this.#maxConnections = maxConnections;
    server.on('connection', (socket) => this.#accept(socket));
    // A connection that could not be accepted concerns nobody else.
    server.on('error', () => undefined);
    this.#sweep = setInterval(() => this.#dropStalled(), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Whether {@link send} to this endpoint needs no address. */
  isOpen({ connection }: Endpoint): boolean {
    return this.#connections.get(connection ?? 0)?.socket.writable === true;
  }

  /** Over the connection that is named when it is open, else over one to that address, which is opened when needed. */
  send(
    bytes: Uint8Array,
    to: Endpoint & { readonly address: string },
    transaction: string | undefined,
  ): void {
    const peer = `${to.address}:${to.port}`;
    const known = [this.#connections.get(to.connection ?? 0), this.#byPeer.get(peer)].find(
      (each) => each?.socket.writable,
    );
    const connection = known ?? this.#connect(to.address, to.port);
    const { socket } = connection;
    if (transaction !== undefined) {
      connection.unheard.push(transaction);
      connection.heardBy ??= performance.now() + SILENCE_MS;
    }
    socket.write(bytes);
    if (socket.writableLength > MAX_BACKLOG_BYTES) socket.destroy();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#server.close();
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    const isWelcome = remoteAddress !== undefined && this.#listener.isAllowed(remoteAddress);
    if (!isWelcome || remotePort === undefined) {
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return;
    }
    this.#add(socket, remoteAddress, remotePort);
  }

  #connect(address: string, port: number): Connection {
    const localAddress = this.#localHost === '0.0.0.0' ? {} : { localAddress: this.#localHost };
    const socket = connect({ host: address, port, ...localAddress });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
    const connection = this.#add(socket, address, port);
    socket.once('connect', () => socket.setTimeout(0));
    return connection;
  }

  #add(socket: Socket, address: string, port: number): Connection {
    const connection: Connection = {
      id: this.#nextId++,
      socket,
      framer: new StreamFramer(),
      peer: `${address}:${port}`,
      unheard: [],
      heardBy: undefined,
      dropAt: undefined,
    };
    this.#makeRoom();
    this.#connections.set(connection.id, connection);
    this.#byPeer.set(connection.peer, connection);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    const source = { transport: 'tcp', host: address, port, connection: connection.id } as const;
    socket.on('data', (bytes) => this.#read(connection, bytes, source));
    // An error is followed by 'close', where the connection is forgotten.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(connection));
    return connection;
  }

  #read(connection: Connection, bytes: Buffer, source: Endpoint): void {
    connection.unheard.length = 0;
    connection.heardBy = undefined;
    const all = connection.framer.push(bytes);
    if (all.length > 0) this.#noteLife(connection);
    for (const framed of all) {
      if (framed.type === 'ping') connection.socket.write(PONG);
      else this.#listener.onMessage(framed.bytes, source);
      if (framed.type !== 'broken') continue;
      // Answers to the unreadable have been written by now; the stream cannot be read any further.
      connection.socket.end();
      connection.dropAt = performance.now() + FAREWELL_MS;
    }
    if (connection.framer.isPartial) connection.dropAt ??= performance.now() + PARTIAL_MESSAGE_MS;
  }

  #noteLife(connection: Connection): void {
    connection.dropAt = undefined;
    if (!this.#connections.delete(connection.id)) return;
    this.#connections.set(connection.id, connection);
  }

  #makeRoom(): void {
    if (this.#connections.size < this.#maxConnections) return;
    const [quietest] = this.#connections.values();
    if (quietest === undefined) return;
    this.#connections.delete(quietest.id);
    quietest.socket.destroy();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.id);
    if (this.#byPeer.get(connection.peer) === connection) this.#byPeer.delete(connection.peer);
    for (const transaction of connection.unheard) this.#listener.onSendFailed(transaction);
  }

  #dropStalled(): void {
    for (const connection of this.#connections.values()) {
      const dropAt = Math.min(connection.dropAt ?? Infinity, connection.heardBy ?? Infinity);
      if (performance.now() >= dropAt) connection.socket.destroy();
    }
  }
}
