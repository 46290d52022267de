import { connect, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../sip/endpoint.ts';
import { StreamFramer } from '../sip/message/stream-framer.ts';

const MAX_CONNECTIONS = 2_000;
const MAX_BACKLOG_BYTES = 1_048_576;
/** RFC 3261 section 18.3 leaves it open how long the rest of a message may take. */
const PARTIAL_MESSAGE_MS = 32_000;
const CONNECT_TIMEOUT_MS = 10_000;
const SWEEP_MS = 4_000;
const PONG = Buffer.from('\r\n');

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  readonly framer: StreamFramer;
  readonly peer: string;
  /** Client transactions whose request waits for the connection. */
  readonly waiting: string[];
  sweepsWithPartial: number;
}

export interface SipTcpListener {
  onMessage(bytes: Uint8Array, source: Endpoint): void;
  onSendFailed(transaction: string): void;
  /** Asked for every connection that comes in. */
  isAllowed(address: string): boolean;
}

/** SIP over TCP: connections in both directions, used again in both. Closing everything is {@link close}. */
export class SipTcpTransport {
  readonly #listener: SipTcpListener;
  readonly #server: Server;
  readonly #localHost: string;
  readonly #connections = new Map<number, Connection>();
  readonly #byPeer = new Map<string, Connection>();
  readonly #sweep: NodeJS.Timeout;
  #nextId = 1;

  constructor(server: Server, localHost: string, listener: SipTcpListener) {
    this.#listener = listener;
    this.#server = server;
    this.#localHost = localHost;
    server.on('connection', (socket) => this.#accept(socket));
    this.#sweep = setInterval(() => this.#dropStalled(), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Over the connection that is named when it is open, else over one to that address, which is opened when needed. */
  send(
    bytes: Uint8Array,
    to: Endpoint & { readonly address: string },
    transaction: string | undefined,
  ): void {
    const peer = `${to.address}:${to.port}`;
    const known = this.#connections.get(to.connection ?? 0) ?? this.#byPeer.get(peer);
    const connection = known ?? this.#connect(to.address, to.port);
    if (connection === undefined) {
      if (transaction !== undefined) setImmediate(() => this.#listener.onSendFailed(transaction));
      return;
    }
    const { socket } = connection;
    if (transaction !== undefined && socket.connecting) connection.waiting.push(transaction);
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
    if (!isWelcome || remotePort === undefined || this.#connections.size >= MAX_CONNECTIONS) {
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return;
    }
    this.#add(socket, remoteAddress, remotePort);
  }

  #connect(address: string, port: number): Connection | undefined {
    if (this.#connections.size >= MAX_CONNECTIONS) return undefined;
    const localAddress = this.#localHost === '0.0.0.0' ? {} : { localAddress: this.#localHost };
    const socket = connect({ host: address, port, ...localAddress });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
    const connection = this.#add(socket, address, port);
    socket.once('connect', () => {
      socket.setTimeout(0);
      connection.waiting.length = 0;
    });
    return connection;
  }

  #add(socket: Socket, address: string, port: number): Connection {
    const connection: Connection = {
      id: this.#nextId++,
      socket,
      framer: new StreamFramer(),
      peer: `${address}:${port}`,
      waiting: [],
      sweepsWithPartial: 0,
    };
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
    for (const framed of connection.framer.push(bytes)) {
      if (framed.type === 'ping') connection.socket.write(PONG);
      else this.#listener.onMessage(framed.bytes, source);
      // Answers to the unreadable have been written by now; the stream cannot be read any further.
      if (framed.type === 'broken') connection.socket.end();
    }
    if (!connection.framer.isPartial) connection.sweepsWithPartial = 0;
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.id);
    if (this.#byPeer.get(connection.peer) === connection) this.#byPeer.delete(connection.peer);
    for (const transaction of connection.waiting) this.#listener.onSendFailed(transaction);
  }

  #dropStalled(): void {
    for (const connection of this.#connections.values()) {
      if (!connection.framer.isPartial) continue;
      connection.sweepsWithPartial++;
      if (connection.sweepsWithPartial * SWEEP_MS >= PARTIAL_MESSAGE_MS)
        connection.socket.destroy();
    }
  }
}
