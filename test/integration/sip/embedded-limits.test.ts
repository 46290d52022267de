import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  EmbeddedSipServer,
  type EmbeddedSipServerOptions,
} from '../../../src/io/embedded-sip-server.ts';
import { DEFAULT_ACCEPT_LIMITS } from '../../../src/io/sip-accept-gate.ts';
import { DEFAULT_CONNECTION_LIMITS } from '../../../src/io/sip-connections.ts';
import { DEFAULT_ADMISSION_LIMITS } from '../../../src/sip/admission/admission.ts';
import { DEFAULT_OVERLOAD_LIMITS } from '../../../src/sip/admission/overload.ts';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { TestAuthority } from '../../support/sip/certificates.ts';
import { headerOf, RawPeer, rawRequest } from '../../support/sip/raw-peer.ts';
import { connectSrf, type SrfApp, sdp } from '../../support/sip/srf.ts';
import { TransportListener, TransportPeer } from '../../support/sip/transport-peer.ts';

const ANY = { port: 0, isOptional: false };
const STREAMS = ['tcp', 'tls', 'ws', 'wss'] as const;
/** Connections are looked at often, so that a test does not wait for them. */
const CONNECTIONS = { ...DEFAULT_CONNECTION_LIMITS, sweepMs: 20 };

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: Partial<EmbeddedSipServerOptions> = {}): Promise<EmbeddedSipServer> {
  const server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 100,
    listen: { tls: ANY, ws: ANY, wss: ANY },
    tls: { unverifiedHosts: ['127.0.0.1'] },
    ...options,
  });
  closing.push(() => server.close());
  return server;
}

async function startSrf(server: EmbeddedSipServer, prepare: (srf: SrfApp) => void) {
  const srf = await connectSrf(server, prepare);
  closing.push(() => srf.disconnect());
  return srf;
}

async function openRaw(host?: string): Promise<RawPeer> {
  const peer = await RawPeer.open(host);
  closing.push(() => peer.close());
  return peer;
}

function portOf(server: EmbeddedSipServer, transport: Transport): number {
  return transport === 'udp' || transport === 'tcp' ? server.port : (server.ports[transport] ?? 0);
}

/** Everything sent before has been dealt with: the counters come by the same thread. */
async function settled(server: EmbeddedSipServer, requests: number): Promise<void> {
  await expect
    .poll(async () => {
      const { requests: heard, malformed, responses, ...stats } = await server.stats();
      const dropped = stats.droppedNotAllowed + stats.droppedRate + stats.droppedMethod;
      return heard + malformed + responses + dropped + stats.challenges >= requests;
    })
    .toBe(true);
  await delay(100);
}

describe('calls in set-up', () => {
  test('that are too many refuse new ones with 503 until there are fewer', async () => {
    const server = await start({
      limits: { overload: { ...DEFAULT_OVERLOAD_LIMITS, callsInSetUp: 2 } },
    });
    await startSrf(server, (app) => {
      app.invite((_req, res) => res.send(180));
      app.options((_req, res) => res.send(200));
    });
    const carrier = await openRaw();
    const ring = (callId: string) =>
      carrier.send(
        rawRequest({ method: 'INVITE', from: carrier, callId, branch: callId, body: sdp('a') }),
        server.port,
      );
    for (const callId of ['a', 'b', 'c']) ring(callId);
    await expect.poll(async () => (await server.stats()).isOverloaded).toBe(true);
    ring('d');
    const refused = await carrier.next(/^SIP\/2\.0 503 /);
    expect(headerOf(refused, 'Call-ID')).toBe('d');
    expect(Number(headerOf(refused, 'Retry-After'))).toBeGreaterThan(0);

    for (const callId of ['a', 'b', 'c']) {
      const cancel = { method: 'CANCEL', from: carrier, callId, branch: callId };
      carrier.send(rawRequest(cancel), server.port);
      await carrier.next(/^SIP\/2\.0 487 /);
    }
    await expect
      .poll(async () => (await server.stats()).isOverloaded, { timeout: 4_000 })
      .toBe(false);
    carrier.send(rawRequest({ method: 'OPTIONS', from: carrier, callId: 'o' }), server.port);
    await carrier.next(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 1 OPTIONS/);
  });
});

describe('budgets', () => {
  test('a carrier that sends more than its share is not heard until it is entitled again', async () => {
    const known = { ...DEFAULT_ADMISSION_LIMITS.known, burst: 10, perSecond: 10 };
    const server = await start({
      limits: { admission: { ...DEFAULT_ADMISSION_LIMITS, known } },
    });
    const carrier = await openRaw();
    for (let index = 0; index < 100; index++) {
      carrier.send(
        rawRequest({ method: 'OPTIONS', from: carrier, callId: `${index}` }),
        server.port,
      );
    }
    await settled(server, 100);
    const { requests, droppedRate } = await server.stats();

    expect(requests).toBeGreaterThanOrEqual(10);
    expect(requests).toBeLessThan(30);
    expect(requests + droppedRate).toBe(100);
  });

  test('one address opens only so many connections', async () => {
    const server = await start({
      limits: { accept: { ...DEFAULT_ACCEPT_LIMITS, maxPerAddress: 2 } },
    });
    const peers = [await tcp(server), await tcp(server)];
    await once((await tcp(server)).resume(), 'close');
    expect((await server.stats()).refusedConnections).toBe(1);
    peers[0]?.destroy();
    await expect.poll(async () => (await server.stats()).tcpConnections).toBe(1);
    await tcp(server);
    await expect.poll(async () => (await server.stats()).tcpConnections).toBe(2);
  });

  async function tcp(server: EmbeddedSipServer, transport: Transport = 'tcp') {
    const socket = connect(portOf(server, transport), '127.0.0.1');
    closing.push(() => socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  test.each(['tls', 'ws', 'wss'] as const)(
    'a %s handshake that is not finished in time ends, and too many end the oldest',
    async (transport) => {
      const server = await start({
        limits: { accept: { ...DEFAULT_ACCEPT_LIMITS, handshakeMs: 400, maxHandshakes: 2 } },
      });
      const oldest = await tcp(server, transport);
      const others = [await tcp(server, transport), await tcp(server, transport)];
      await once(oldest.resume(), 'close');
      expect((await server.stats()).refusedConnections).toBe(1);
      await Promise.all(others.map((socket) => once(socket.resume(), 'close')));
      expect((await server.stats()).tcpConnections).toBe(0);
    },
  );
});

describe.each(STREAMS)('a connection over %s', (transport) => {
  async function connected(server: EmbeddedSipServer): Promise<TransportPeer> {
    const peer = await TransportPeer.connect(transport, { port: portOf(server, transport) });
    closing.push(() => peer.close());
    return peer;
  }

  test('that never brings a whole message is closed, however much it trickles', async () => {
    const server = await start({
      limits: { connections: { ...CONNECTIONS, firstMessageMs: 400 } },
    });
    const peer = await connected(server);
    const isWebSocket = transport === 'ws' || transport === 'wss';
    const trickle = setInterval(() => {
      if (!peer.isClosed) peer.send(isWebSocket ? '\r\n\r\n' : 'O');
    }, 20);
    await peer.closed;
    clearInterval(trickle);

    await expect.poll(async () => (await server.stats()).tcpConnections).toBe(0);
  });

  test('that says nothing for the idle time is closed', async () => {
    const server = await start({ limits: { connections: { ...CONNECTIONS, idleMs: 300 } } });
    const peer = await connected(server);
    peer.send('OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n');
    await peer.closed;
  });
});

describe.each(STREAMS)('a connection that we opened over %s', (transport) => {
  const PINGS = { ...CONNECTIONS, pingMs: 60, pongMs: 200 };

  async function dialled(isAnswering: boolean) {
    const server = await start({ limits: { connections: PINGS } });
    const srf = await startSrf(server, () => undefined);
    const certificate = await (await TestAuthority.create()).issue();
    const listener = await TransportListener.open(transport, { tls: certificate });
    closing.push(() => listener.close());
    const accepted = listener.next();
    const uri = `sip:a@127.0.0.1:${listener.port};transport=${transport}`;
    srf.request({ uri, method: 'OPTIONS' }, (_error, req) => req?.on('response', () => undefined));
    const peer = await accepted;
    closing.push(() => peer.close());
    const options = await peer.next(/^OPTIONS /);
    peer.send(answerTo(options));
    if (isAnswering) {
      await peer.next(/^ping$/);
      peer.send('\r\n');
    }
    return { server, peer };
  }

  test('is pinged (RFC 5626 4.4.1, RFC 7118 6)', async () => {
    if (transport === 'ws' || transport === 'wss') {
      // WebSocket pings are answered by every client: the connection stays.
      const { server } = await dialled(false);
      await delay(700);
      expect((await server.stats()).tcpConnections).toBe(1);
      return;
    }
    const { peer } = await dialled(false);
    await peer.next(/^ping$/);
    await peer.next(/^ping$/);
  });

  test.skipIf(transport === 'ws' || transport === 'wss')(
    'is given up when the pongs stop that came before',
    async () => {
      const { server, peer } = await dialled(true);
      await peer.closed;

      await expect.poll(async () => (await server.stats()).tcpConnections).toBe(0);
    },
  );

  test('stays when the peer never answers pings', async () => {
    const { server } = await dialled(false);
    await delay(700);

    expect((await server.stats()).tcpConnections).toBe(1);
  });
});

function answerTo(request: string): string {
  const lines = request.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
  const to = `To: ${headerOf(request, 'To')};tag=t`;
  return ['SIP/2.0 200 OK', ...lines, to, 'Content-Length: 0', '', ''].join('\r\n');
}
