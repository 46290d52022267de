import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { HandshakeFault } from './stt-record.ts';

/** The upgrade side of a server: authentication and handshake faults. */
export class WebsocketDoor {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #faults: HandshakeFault[];
  readonly #hanging = new Set<Duplex>();
  readonly #onClosed: () => void;

  /** @param faults one is used up per handshake. */
  constructor(faults: HandshakeFault[], onClosed: () => void) {
    this.#faults = faults;
    this.#onClosed = onClosed;
  }

  upgrade(
    [request, socket, head]: readonly [IncomingMessage, Duplex, Buffer],
    authorized: boolean,
    onOpen: (socket: WebSocket) => void,
  ): void {
    const fault = authorized ? this.#faults.shift() : { type: 'refuse' as const, status: 401 };
    if (fault?.type === 'refuse') {
      socket.end(`HTTP/1.1 ${fault.status} Refused\r\nContent-Length: 0\r\n\r\n`);
    } else if (fault?.type === 'hang') {
      this.#hanging.add(socket);
      socket.on('error', () => undefined);
    } else {
      this.#server.handleUpgrade(request, socket, head, (client) => {
        client.on('close', this.#onClosed);
        if (fault?.type === 'close') closeWith(client, fault.code);
        else onOpen(client);
      });
    }
  }

  get openConnections(): number {
    return this.#server.clients.size;
  }

  stop(): void {
    for (const socket of this.#hanging) socket.destroy();
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}

/** 1006 is what the other side sees when there was no close frame (RFC 6455 7.1.5). */
export function closeWith(client: WebSocket, code: number): void {
  if (code === 1006) client.terminate();
  else client.close(code);
}
