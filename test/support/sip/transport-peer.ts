import { isUtf8 } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer,
  isIPv6,
  type Server,
  type Socket,
} from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { StreamFramer } from '../../../src/sip/message/stream-framer.ts';

export interface PeerOptions {
  readonly host?: string;
  readonly port: number;
  /** Of the client side; without it any certificate is accepted. */
  readonly tls?: ConnectionOptions;
  /** WebSocket subprotocols that are offered; `sip` unless a test wants others. */
  readonly protocols?: readonly string[];
  readonly origin?: string;
}

export interface ListenOptions {
  readonly host?: string;
  readonly tls?: TlsOptions;
}

/** A way to write bytes and to end. */
interface Wire {
  readonly localPort: number;
  send(bytes: Uint8Array): void;
  destroy(): void;
}

/**
 * A bare SIP peer over any transport: what it is told to send goes out octet for octet, one datagram, one WebSocket message or a piece of a
 * stream at a time. It keeps every message and lets a test wait for one. CR LF pings and pongs are kept as the messages `ping` and `pong`.
 */
export class TransportPeer {
  readonly transport: Transport;
  readonly host: string;
  readonly #wire: Wire;
  readonly #received: string[] = [];
  readonly #waiting: ((message: string) => boolean)[] = [];
  /** Settles when the other side or the network ended the connection. */
  readonly closed: Promise<void>;
  readonly #onClosed: () => void;
  isClosed = false;

  private constructor(transport: Transport, host: string, wire: (peer: TransportPeer) => Wire) {
    this.transport = transport;
    this.host = host;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#onClosed = () => {
      this.isClosed = true;
      resolve();
    };
    this.#wire = wire(this);
  }

  /** A connection to a server; over UDP a socket that sends there. Rejects when there is none. */
  static async connect(transport: Transport, options: PeerOptions): Promise<TransportPeer> {
    const { host = '127.0.0.1', port } = options;
    const tls = { rejectUnauthorized: false, ...options.tls };
    if (transport === 'udp') return await TransportPeer.#openUdp(host, port);
    if (transport === 'tcp') {
      const socket = connect(port, host);
      await once(socket, 'connect');
      return TransportPeer.ofStream('tcp', host, socket);
    }
    if (transport === 'tls') {
      const socket = connectTls({ port, host, ...tls });
      await once(socket, 'secureConnect');
      return TransportPeer.ofStream('tls', host, socket);
    }
    const url = `${transport}://${isIPv6(host) ? `[${host}]` : host}:${port}/`;
    const { origin } = options;
    const socket = new WebSocket(url, [...(options.protocols ?? ['sip'])], {
      perMessageDeflate: false,
      ...(origin !== undefined && { origin }),
      ...(transport === 'wss' && tls),
    });
    const peer = TransportPeer.ofWebSocket(transport, host, socket, 0);
    await once(socket, 'open');
    return peer;
  }

  static async #openUdp(host: string, port: number): Promise<TransportPeer> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new TransportPeer('udp', host, (peer) => {
      socket.on('message', (bytes) => peer.receive(bytes.toString('latin1')));
      return {
        localPort: socket.address().port,
        send: (bytes) => socket.send(bytes, port, host),
        destroy: () => socket.close(),
      };
    });
  }

  static ofStream(transport: Transport, host: string, socket: Socket): TransportPeer {
    return new TransportPeer(transport, host, (peer) => {
      const framer = new StreamFramer();
      socket.setNoDelay(true);
      socket.on('data', (bytes) => {
        if (bytes.toString('latin1') === '\r\n') peer.receive('pong');
        else for (const framed of framer.push(bytes)) peer.receive(textOf(framed));
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => peer.#onClosed());
      return {
        localPort: socket.localPort ?? 0,
        send: (bytes) => socket.write(bytes),
        destroy: () => socket.destroy(),
      };
    });
  }

  static ofWebSocket(
    transport: Transport,
    host: string,
    socket: WebSocket,
    localPort: number,
  ): TransportPeer {
    return new TransportPeer(transport, host, (peer) => {
      let port = localPort;
      socket.once('upgrade', (response) => {
        port = response.socket.localPort ?? 0;
      });
      socket.on('message', (data: RawData) => {
        const text = Buffer.isBuffer(data) ? data.toString('latin1') : '';
        peer.receive(text === '\r\n' ? 'pong' : text === '\r\n\r\n' ? 'ping' : text);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => peer.#onClosed());
      return {
        get localPort() {
          return port;
        },
        send: (bytes) => socket.send(bytes, { binary: !isUtf8(bytes) }),
        destroy: () => socket.terminate(),
      };
    });
  }

  /** Own port: for the Via of a request. */
  get port(): number {
    return this.#wire.localPort;
  }

  get received(): readonly string[] {
    return this.#received;
  }

  /** Octets as they are; text is one character per octet. */
  send(message: string | Uint8Array): void {
    this.#wire.send(typeof message === 'string' ? Buffer.from(message, 'latin1') : message);
  }

  /** The first message not yet waited for whose start matches; those before it stay. */
  next(start: RegExp): Promise<string> {
    const at = this.#received.findIndex((message) => start.test(message));
    if (at !== -1) return Promise.resolve(this.#received.splice(at, 1)[0] ?? '');
    return new Promise((resolve) => {
      this.#waiting.push((message) => {
        if (!start.test(message)) return false;
        resolve(message);
        return true;
      });
    });
  }

  close(): void {
    this.#wire.destroy();
  }

  receive(message: string): void {
    const at = this.#waiting.findIndex((take) => take(message));
    if (at === -1) this.#received.push(message);
    else this.#waiting.splice(at, 1);
  }
}

/** A server over one transport; every connection becomes a {@link TransportPeer}. UDP is what {@link TransportPeer.connect} is for. */
export class TransportListener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #peers: TransportPeer[] = [];
  readonly #waiting: ((peer: TransportPeer) => void)[] = [];
  accepted = 0;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(
    transport: Exclude<Transport, 'udp'>,
    { host = '127.0.0.1', tls = {} }: ListenOptions = {},
  ): Promise<TransportListener> {
    const server =
      transport === 'tcp'
        ? createServer()
        : transport === 'tls'
          ? createTlsServer(tls)
          : transport === 'ws'
            ? createHttpServer()
            : createHttpsServer(tls);
    server.listen(0, host);
    await once(server, 'listening');
    const listener = new TransportListener(server, host);
    if (transport === 'ws' || transport === 'wss') {
      const sockets = new WebSocketServer({
        server: server as ReturnType<typeof createHttpServer>,
        perMessageDeflate: false,
        handleProtocols: (offered) => (offered.has('sip') ? 'sip' : false),
      });
      sockets.on('connection', (socket, request) =>
        listener.#accept(
          TransportPeer.ofWebSocket(transport, host, socket, request.socket.localPort ?? 0),
        ),
      );
    } else {
      server.on(transport === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) =>
        listener.#accept(TransportPeer.ofStream(transport, host, socket)),
      );
    }
    return listener;
  }

  /** The next connection that no test has taken yet. */
  next(): Promise<TransportPeer> {
    const peer = this.#peers.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#server.close();
    for (const peer of this.#peers) peer.close();
  }

  #accept(peer: TransportPeer): void {
    this.accepted++;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#peers.push(peer);
    else waiting(peer);
  }
}

/** Sends octets over a connection of their own (a datagram over UDP) and leaves the peer open for what comes back. */
export async function sendRaw(
  transport: Transport,
  options: PeerOptions,
  bytes: string | Uint8Array,
): Promise<TransportPeer> {
  const peer = await TransportPeer.connect(transport, options);
  peer.send(bytes);
  return peer;
}

function textOf(framed: ReturnType<StreamFramer['push']>[number]): string {
  return framed.type === 'ping' ? 'ping' : Buffer.from(framed.bytes).toString('latin1');
}
