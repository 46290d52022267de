import { createServer, type Server, type Socket } from 'node:net';
import { listenOn } from './sip-sockets.ts';

const MAX_CLIENTS = 64;
/** A client that does not read is not waited for. */
const MAX_BACKLOG_BYTES = 64 * 1_048_576;

export interface SipControlListener {
  onConnected(connection: number): void;
  onBytes(connection: number, bytes: Uint8Array): void;
  onClosed(connection: number): void;
}

/** The loopback TCP server that drachtio-srf connects to. */
export class SipControlServer {
  readonly #server: Server = createServer();
  readonly #sockets = new Map<number, Socket>();
  readonly #listener: SipControlListener;
  #nextId = 1;

  constructor(listener: SipControlListener) {
    this.#listener = listener;
    this.#server.on('connection', (socket) => this.#accept(socket));
    // A connection that could not be accepted concerns nobody else.
    this.#server.on('error', () => undefined);
  }

  listen(host: string): Promise<number> {
    return listenOn(this.#server, host, 0);
  }

  send(connection: number, bytes: Uint8Array): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    this.#gather(socket);
    socket.write(bytes);
    if (socket.writableLength > MAX_BACKLOG_BYTES) socket.destroy();
  }

  /** What one turn of the event loop writes goes out in one piece: a system call each would cost more than the messages. */
  #gather(socket: Socket): void {
    if (socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  }

  /** Closes after what was sent before. */
  end(connection: number): void {
    this.#sockets.get(connection)?.end();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= MAX_CLIENTS) {
      socket.destroy();
      return;
    }
    const id = this.#nextId++;
    this.#sockets.set(id, socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 45_000);
    socket.on('data', (bytes) => this.#listener.onBytes(id, bytes));
    // An error is followed by 'close', where the client is forgotten.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(id);
      this.#listener.onClosed(id);
    });
    this.#listener.onConnected(id);
  }
}
