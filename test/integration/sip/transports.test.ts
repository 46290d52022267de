import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  EmbeddedSipServer,
  type EmbeddedSipServerOptions,
} from '../../../src/io/embedded-sip-server.ts';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { TestAuthority, type TestCertificate } from '../../support/sip/certificates.ts';
import { headerOf, rawRequest, rawResponse } from '../../support/sip/raw-peer.ts';
import {
  connectSrf,
  type Dlg,
  deferred,
  request,
  type SrfApp,
  sdp,
} from '../../support/sip/srf.ts';
import { sendRaw, TransportListener, TransportPeer } from '../../support/sip/transport-peer.ts';

const LOOPBACKS = ['127.0.0.0/8', '::1'];
const ANY = { port: 0, isOptional: false };
const LISTEN = { tls: ANY, ws: ANY, wss: ANY };
const HAS_IPV6 = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .some(({ address }) => address === '::1');

const closing: (() => unknown)[] = [];
let authority: TestAuthority;
let folder: string;
let caFile: string;

beforeAll(async () => {
  authority = await TestAuthority.create();
  folder = await mkdtemp(join(tmpdir(), 'trunkline-sip-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.cert);
  return () => rm(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startServer(
  options: Partial<EmbeddedSipServerOptions> = {},
): Promise<EmbeddedSipServer> {
  const server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: LOOPBACKS,
    t1Ms: 50,
    listen: LISTEN,
    ...options,
  });
  closing.push(() => server.close());
  return server;
}

async function startSrf(server: EmbeddedSipServer, prepare?: (srf: SrfApp) => void) {
  const srf = await connectSrf(server, prepare);
  closing.push(() => srf.disconnect());
  return srf;
}

async function trusting(certificate: TestCertificate): Promise<EmbeddedSipServerOptions['tls']> {
  const name = join(folder, `leaf-${Math.random()}`);
  await writeFile(`${name}.crt`, certificate.cert);
  await writeFile(`${name}.key`, certificate.key);
  return {
    files: { certificate: `${name}.crt`, key: `${name}.key` },
    serverAuthorities: authority.cert,
    clientAuthorities: authority.cert,
  };
}

function answering(answered: (dialog: Dlg) => void) {
  return (app: SrfApp) =>
    app.invite(async (req, res) => {
      answered(await app.createUAS(req, res, { localSdp: sdp('callee') }));
    });
}

function portOf(server: EmbeddedSipServer, transport: Transport): number {
  return transport === 'udp' || transport === 'tcp' ? server.port : (server.ports[transport] ?? 0);
}

async function connectPeer(server: EmbeddedSipServer, transport: Transport, host = '127.0.0.1') {
  const peer = await TransportPeer.connect(transport, { host, port: portOf(server, transport) });
  closing.push(() => peer.close());
  return peer;
}

function optionsOver(peer: TransportPeer, callId: string, more: readonly string[] = []): string {
  const from = { host: peer.host.includes(':') ? `[${peer.host}]` : peer.host, port: peer.port };
  return rawRequest({
    method: 'OPTIONS',
    from: from as Parameters<typeof rawRequest>[0]['from'],
    callId,
    headers: more,
  }).replace('SIP/2.0/UDP', `SIP/2.0/${peer.transport.toUpperCase()}`);
}

const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('a call of drachtio-srf reaches its end, in dialog and back (RFC 3261 18)', async () => {
    const tls = await trusting(await authority.issue());
    const [left, right] = [
      await startServer({ tls: tls ?? {} }),
      await startServer({ tls: tls ?? {} }),
    ];
    const answered = deferred<Dlg>();
    await startSrf(right, answering(answered.resolve));
    const caller = await startSrf(left);
    const uri = `sip:bob@127.0.0.1:${portOf(right, transport)};transport=${transport}`;
    const uac = await caller.createUAC(uri, { localSdp: sdp('caller') });
    const uas = await answered.promise;
    uas.on('info', (_req, res) => res.send(200));
    expect((await uac.request({ method: 'INFO' })).status).toBe(200);
    uac.on('options', (_req, res) => res.send(200));
    expect((await uas.request({ method: 'OPTIONS' })).status).toBe(200);
    expect(uac.remote.uri).toBe(
      transport === 'udp'
        ? `sip:127.0.0.1:${right.port}`
        : `sip:127.0.0.1:${portOf(right, transport)};transport=${transport}`,
    );
    const ended = new Promise<void>((resolve) => uac.on('destroy', () => resolve()));
    await uas.destroy();
    await ended;
    const stats = await Promise.all([left.stats(), right.stats()]);
    expect(stats.map(({ dialogs }) => dialogs)).toEqual([0, 0]);
    const connections = transport === 'udp' ? 0 : 1;
    expect(stats.map(({ tcpConnections }) => tcpConnections)).toEqual([connections, connections]);
  });

  test('an application is told where a request came in and by which transport', async () => {
    const server = await startServer();
    const seen = deferred<readonly [string, string, number]>();
    await startSrf(server, (app) =>
      app.options((req, res) => {
        seen.resolve([req.protocol, req.source_address, req.source_port]);
        res.send(200);
      }),
    );
    const peer = await connectPeer(server, transport);
    peer.send(optionsOver(peer, `meta-${transport}`));
    await peer.next(/^SIP\/2.0 200/);
    const [protocol, address] = await seen.promise;
    expect([protocol, address]).toEqual([
      transport === 'ws' || transport === 'wss' ? 'tcp' : transport,
      '127.0.0.1',
    ]);
  });

  test('a source that is not on the list gets nothing and is counted', async () => {
    const server = await startServer({ allow: ['192.0.2.1'] });
    const connecting = TransportPeer.connect(transport, { port: portOf(server, transport) });
    if (transport === 'udp' || transport === 'tcp') {
      const peer = await connecting;
      closing.push(() => peer.close());
      peer.send(optionsOver(peer, 'stranger'));
    } else await expect(connecting).rejects.toThrow();
    await expect.poll(async () => (await server.stats()).droppedNotAllowed).toBe(1);
    expect((await server.stats()).requests).toBe(0);
  });

  test.runIf(HAS_IPV6)(
    'IPv6: answers with received and rport, and calls out (RFC 5118, RFC 3581)',
    async () => {
      const tls = await trusting(await authority.issue());
      const server = await startServer({ host: ['127.0.0.1', '::1'], tls: tls ?? {} });
      const app = await startSrf(server);
      const peer = await connectPeer(server, transport, '::1');
      peer.send(
        optionsOver(peer, `v6-${transport}`).replace(/(Via: \S+) \S+?;/, '$1 [::9]:5;rport;'),
      );
      const answer = await peer.next(/^SIP\/2.0 503/);
      expect(headerOf(answer, 'Via')).toContain(';received=::1;rport=');

      const other = await startServer({ host: '::1', tls: tls ?? {} });
      await startSrf(other, (callee) => callee.options((_req, res) => res.send(200)));
      const uri = `sip:bob@[::1]:${portOf(other, transport)};transport=${transport}`;
      const response = await request(app, { uri, method: 'OPTIONS' });
      expect([response.status, response.source_address]).toEqual([200, '[::1]']);
    },
  );
});

describe('TLS', () => {
  async function ask(
    certificate: TestCertificate,
    uriHost = '127.0.0.1',
    options: Partial<EmbeddedSipServerOptions> = {},
  ) {
    const peer = await TransportListener.open('tls', { tls: { ...certificate } });
    closing.push(() => peer.close());
    const server = await startServer({
      tls: { serverAuthorities: authority.cert, ...options.tls },
    });
    const srf = await startSrf(server);
    const asking = request(srf, {
      uri: `sip:bob@${uriHost}:${peer.port};transport=tls`,
      method: 'OPTIONS',
      headers: { Contact: '<sip:me@localhost>' },
    });
    return { peer, server, srf, asking };
  }

  test('shows a Contact and Via of TLS, and SIPS when the request is (RFC 3261 8.1.1.8)', async () => {
    const { peer, server, srf, asking } = await ask(await authority.issue());
    const connection = await peer.next();
    const options = await connection.next(/^OPTIONS/);
    expect(headerOf(options, 'Via')).toContain(`SIP/2.0/TLS 127.0.0.1:${server.ports.tls};rport`);
    connection.send(rawResponse(options, '200 OK'));
    expect((await asking).status).toBe(200);
    srf.request({ uri: `sips:bob@127.0.0.1:${peer.port}`, method: 'SUBSCRIBE' }, () => undefined);
    const subscribe = await connection.next(/^SUBSCRIBE/);
    expect(headerOf(subscribe, 'Contact')).toBe(`<sips:127.0.0.1:${server.ports.tls}>`);
    connection.send(rawResponse(subscribe, '489 Bad Event'));
  });

  test.each([
    [
      'is over',
      { validTo: new Date(Date.now() - 3_600_000) },
      /^TLS Failure: certificate has expired$/,
    ],
    [
      'is for another host',
      { names: ['dns:other.example'] },
      /^TLS Failure: the certificate is not for 127\.0\.0\.1$/,
    ],
    [
      'names the host in its common name only',
      { names: ['dns:other.example'], commonName: '127.0.0.1' },
      /is not for/,
    ],
  ])(
    'a certificate that %s gets 503 that says so (RFC 5922 7.1)',
    async (_what, certificate, reason) => {
      const { asking, peer } = await ask(await authority.issue(certificate));
      const response = await asking;
      expect(response.status).toBe(503);
      expect((response as unknown as { readonly reason: string }).reason).toMatch(reason);
      expect(peer.accepted).toBeLessThanOrEqual(1);
    },
  );

  test('a self-signed certificate is taken from the hosts that are configured alone', async () => {
    const other = await TestAuthority.create();
    const refused = await ask(await other.issue());
    expect((await refused.asking).status).toBe(503);
    const taken = await ask(await other.issue({ names: ['dns:x'] }), '127.0.0.1', {
      tls: { unverifiedHosts: ['127.0.0.1'] },
    });
    const connection = await taken.peer.next();
    connection.send(rawResponse(await connection.next(/^OPTIONS/), '200 OK'));
    expect((await taken.asking).status).toBe(200);
  });

  test('refuses TLS 1.1 and a client without the certificate that is required', async () => {
    const tls = await trusting(await authority.issue());
    const server = await startServer({ tls: { ...tls, clientCertificate: 'require' } });
    const client = await authority.issue();
    const port = server.ports.tls ?? 0;
    const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' } as const;
    await expect(
      TransportPeer.connect('tls', { port, tls: { ...old, ...client } }),
    ).rejects.toThrow();
    const two = { maxVersion: 'TLSv1.2' } as const;
    await expect(TransportPeer.connect('tls', { port, tls: two })).rejects.toThrow();
    const peer = await TransportPeer.connect('tls', { port, tls: { ...client } });
    closing.push(() => peer.close());
    peer.send(optionsOver(peer, 'mutual'));
    await peer.next(/^SIP\/2.0 503/);
  });

  test('a carrier that showed a certificate gets requests over its own connection (RFC 5923 5)', async () => {
    const tls = await trusting(await authority.issue());
    const server = await startServer({ tls: { ...tls, clientCertificate: 'request' } });
    const srf = await startSrf(server);
    const client = await authority.issue();
    const peer = await TransportPeer.connect('tls', { port: server.ports.tls ?? 0, tls: client });
    closing.push(() => peer.close());
    // Nobody listens on that port: only the connection leads there.
    peer.send(optionsOver(peer, 'alias').replace(/(Via: \S+ 127\.0\.0\.1):\d+/, '$1:9'));
    await peer.next(/^SIP\/2.0 503/);
    const asking = request(srf, { uri: 'sip:bob@127.0.0.1:9;transport=tls', method: 'OPTIONS' });
    peer.send(rawResponse(await peer.next(/^OPTIONS/), '200 OK'));
    expect((await asking).status).toBe(200);
  });

  test('makes a certificate once, for its owner only, and uses it again', async () => {
    const own = await mkdtemp(join(folder, 'kept-'));
    const first = await startServer({ tls: { folder: own } });
    const file = join(own, 'sip-tls.pem');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const made = await readFile(file, 'utf8');
    await startServer({ tls: { folder: own } });
    expect(await readFile(file, 'utf8')).toBe(made);
    const peer = await connectPeer(first, 'tls');
    peer.send(optionsOver(peer, 'kept'));
    await peer.next(/^SIP\/2.0 503/);
  });

  test('does not start with a key that is not the certificate’s', async () => {
    const [one, two] = [await authority.issue(), await authority.issue()];
    const tls = await trusting({ cert: one.cert, key: two.key });
    await expect(startServer({ tls: tls ?? {} })).rejects.toThrow(/\.key: not the key of .*\.crt$/);
  });
});

describe('WebSocket (RFC 7118)', () => {
  test('needs the subprotocol sip and an Origin that may', async () => {
    const server = await startServer({ webSocketOrigins: ['https://phone.example'] });
    const port = server.ports.ws ?? 0;
    const refused = TransportPeer.connect('ws', { port, protocols: ['xmpp'] });
    await expect(refused).rejects.toThrow('400');
    const stranger = TransportPeer.connect('ws', { port, origin: 'https://evil.example' });
    await expect(stranger).rejects.toThrow('403');
    const peer = await TransportPeer.connect('ws', { port, origin: 'https://phone.example' });
    closing.push(() => peer.close());
    peer.send('\r\n\r\n');
    expect(await peer.next(/^pong/)).toBe('pong');
  });

  test('a message larger than 64 KB ends the connection before it is kept', async () => {
    const server = await startServer();
    const peer = await sendRaw('ws', { port: server.ports.ws ?? 0 }, 'x'.repeat(70_000));
    closing.push(() => peer.close());
    await peer.closed;
    expect((await server.stats()).malformed).toBe(0);
  });

  test('answers plain HTTP with 426', async () => {
    const server = await startServer();
    expect((await fetch(`http://127.0.0.1:${server.ports.ws}/`)).status).toBe(426);
  });
});

describe('UDP', () => {
  test('answers a STUN binding request with the address it came from (RFC 5626 4.4.2)', async () => {
    const server = await startServer();
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    const ask = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
    socket.send(ask, server.port, '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(answer.readUInt16BE(0)).toBe(0x0101);
    expect(answer.readUInt16BE(26) ^ 0x2112).toBe(socket.address().port);
    expect((await server.stats()).malformed).toBe(0);
  });
});

test('a taken port stops the start with one line, and an optional one is left out', async () => {
  const holder = createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  closing.push(() => holder.close());
  const { port } = holder.address() as { readonly port: number };
  await expect(startServer({ listen: { tls: { port, isOptional: false } } })).rejects.toThrow(
    `cannot listen for SIP over TLS on 127.0.0.1:${port}: the port is in use`,
  );
  const server = await startServer({ listen: { tls: { port, isOptional: true } } });
  expect(server.ports).toEqual({});
});

test('what a connection is refused for is the reason of the 503', async () => {
  const server = await startServer();
  const srf = await startSrf(server);
  const holder = createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { readonly port: number };
  holder.close();
  await once(holder, 'close');
  const response = await request(srf, {
    uri: `sip:b@127.0.0.1:${port};transport=tcp`,
    method: 'OPTIONS',
  });
  expect([response.status, (response as unknown as { readonly reason: string }).reason]).toEqual([
    503,
    'Connection Refused',
  ]);
});
