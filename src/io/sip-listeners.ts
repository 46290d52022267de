import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Transport } from '../sip/endpoint.ts';
import { MAX_MESSAGE_BYTES } from '../sip/message/sip-message.ts';
import type { SipAcceptGate } from './sip-accept-gate.ts';
import type { SipConnections } from './sip-connections.ts';
import { SipStreamChannel } from './sip-stream-channel.ts';
import { type SipTlsOptions, serverTls } from './sip-tls.ts';
import { SipWebSocketChannel } from './sip-websocket-channel.ts';

const MAX_UPGRADE_BYTES = 8_192;
const SUBPROTOCOL = 'sip';

export interface SipListenerParts {
  readonly gate: SipAcceptGate;
  readonly connections: SipConnections;
  readonly tls: SipTlsOptions;
  /** Origins of pages that may connect by WebSocket; undefined for all. What sends no Origin is no browser and may. */
  readonly origins: readonly string[] | undefined;
}

/** Takes the connections of a bound server; a stranger's is closed before its handshake. */
export function serveSip(
  transport: Exclude<Transport, 'udp'>,
  servers: readonly Server[],
  parts: SipListenerParts,
): void {
  const { gate } = parts;
  const take = takerOf(transport, parts);
  for (const server of servers) {
    server.on('connection', (socket) => {
      if (gate.admit(socket)) take(socket);
    });
    // A connection that could not be accepted concerns nobody else.
    server.on('error', () => undefined);
  }
}

function takerOf(transport: Transport, parts: SipListenerParts): (socket: Socket) => void {
  const { gate, tls } = parts;
  if (transport === 'tcp') return (socket) => acceptStream('tcp', socket, parts);
  const security = transport === 'ws' ? {} : serverTls(tls, gate.handshakeMs);
  const inner = innerServer(transport, security, parts);
  return (socket) => {
    gate.begin(socket);
    inner.emit('connection', socket);
  };
}

/** The server that does the handshake on sockets that it is given: it listens nowhere itself. */
function innerServer(
  transport: Transport,
  security: ReturnType<typeof serverTls>,
  parts: SipListenerParts,
): Server {
  if (transport !== 'tls') {
    const options = { maxHeaderSize: MAX_UPGRADE_BYTES };
    const http =
      transport === 'ws'
        ? createHttpServer(options)
        : createHttpsServer({ ...options, ...security });
    return serveUpgrades(transport === 'ws' ? 'ws' : 'wss', http, parts);
  }
  const server = createTlsServer(security, (socket) => {
    parts.gate.settle(socket);
    acceptStream('tls', socket, parts);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

function acceptStream(
  transport: 'tcp' | 'tls',
  socket: Socket,
  { connections }: SipListenerParts,
): void {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) {
    socket.destroy();
    return;
  }
  connections.accept(transport, new SipStreamChannel(socket), remoteAddress, remotePort);
}

/** RFC 7118 section 4.1. */
function serveUpgrades(
  transport: 'ws' | 'wss',
  http: HttpServer,
  { gate, connections, origins }: SipListenerParts,
): HttpServer {
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  http.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end();
  });
  http.on('clientError', (_error, socket) => socket.destroy());
  http.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
  http.on('upgrade', (request, socket, head) => {
    const refusal = upgradeRefusal(request, origins);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { remoteAddress, remotePort } = request.socket;
    upgrades.handleUpgrade(request, socket, head, (opened: WebSocket) => {
      gate.settle(request.socket);
      const channel = new SipWebSocketChannel(opened);
      connections.accept(transport, channel, remoteAddress ?? '', remotePort ?? 0);
    });
  });
  return http;
}

function upgradeRefusal(
  { headers }: IncomingMessage,
  origins: readonly string[] | undefined,
): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  if (!offered.includes(SUBPROTOCOL)) return '400 Bad Request';
  const { origin } = headers;
  const isWelcome = origin === undefined || origins === undefined || origins.includes(origin);
  return isWelcome ? undefined : '403 Forbidden';
}
