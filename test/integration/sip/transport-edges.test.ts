import { networkInterfaces } from 'node:os';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  EmbeddedSipServer,
  type EmbeddedSipServerOptions,
} from '../../../src/io/embedded-sip-server.ts';
import type { Transport } from '../../../src/sip/endpoint.ts';
import { readCaptureBatch } from '../../../src/trace/capture-batch.ts';
import type { CapturedMessage } from '../../../src/trace/captured-message.ts';
import { DnsServer } from '../../support/dns/dns-server.ts';
import { TestAuthority } from '../../support/sip/certificates.ts';
import { headerOf, type RawPeer, rawRequest, rawResponse } from '../../support/sip/raw-peer.ts';
import { connectSrf, deferred, type Res, request, type SrfApp } from '../../support/sip/srf.ts';
import { TransportListener, TransportPeer } from '../../support/sip/transport-peer.ts';

const ANY = { port: 0, isOptional: false };
const STREAMS = ['tcp', 'tls', 'ws', 'wss'] as const;
const HAS_IPV6 = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .some(({ address }) => address === '::1');
/** With a head of less than 3,000 octets it is a message of less than 64 KB. */
const LARGE_BODY = 'x'.repeat(62_000);

const closing: (() => unknown)[] = [];
let authority: TestAuthority;

beforeAll(async () => {
  authority = await TestAuthority.create();
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: Partial<EmbeddedSipServerOptions> = {}): Promise<EmbeddedSipServer> {
  const server = await EmbeddedSipServer.start({
    host: HAS_IPV6 ? ['127.0.0.1', '::1'] : '127.0.0.1',
    port: 0,
    allow: ['127.0.0.0/8', '::1'],
    t1Ms: 100,
    listen: { tls: ANY, ws: ANY, wss: ANY },
    tls: { unverifiedHosts: ['127.0.0.1', '::1'] },
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

function portOf(server: EmbeddedSipServer, transport: Transport): number {
  return transport === 'udp' || transport === 'tcp' ? server.port : (server.ports[transport] ?? 0);
}

async function connectPeer(server: EmbeddedSipServer, transport: Transport, host = '127.0.0.1') {
  const peer = await TransportPeer.connect(transport, { host, port: portOf(server, transport) });
  closing.push(() => peer.close());
  return peer;
}

async function listen(
  transport: Exclude<Transport, 'udp'>,
  host = '127.0.0.1',
  names?: readonly string[],
) {
  const tls = await authority.issue(names === undefined ? {} : { names });
  const listener = await TransportListener.open(transport, { host, tls });
  closing.push(() => listener.close());
  return listener;
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A request whose Via names a port other than that of its connection. */
function requestOver(
  peer: TransportPeer,
  method: string,
  options: { readonly port?: number; readonly body?: string } = {},
): string {
  const from = { host: hostText(peer.host), port: options.port ?? peer.port } as RawPeer;
  const { body = '' } = options;
  const callId = `${method}-${peer.transport}`;
  return rawRequest({ method, from, callId, body }).replace(
    'SIP/2.0/UDP',
    `SIP/2.0/${peer.transport.toUpperCase()}`,
  );
}

describe.each(['tcp', 'tls'] as const)('over %s', (transport) => {
  test('the answer to a connection that is gone goes over a new one to the port of its Via (RFC 3261 18.2.2)', async () => {
    const server = await start({ tls: { unverifiedHosts: ['127.0.0.1'] } });
    const asked = deferred<Res>();
    await startSrf(server, (app) => app.invite((_req, res) => asked.resolve(res)));
    const listener = await listen(transport);
    const caller = await connectPeer(server, transport);
    caller.send(requestOver(caller, 'INVITE', { port: listener.port }));
    await caller.next(/^SIP\/2\.0 100 /);
    caller.close();
    await expect.poll(async () => (await server.stats()).tcpConnections).toBe(0);
    const accepted = listener.next();
    (await asked.promise).send(486);
    const back = await accepted;
    closing.push(() => back.close());

    expect(headerOf(await back.next(/^SIP\/2\.0 486 /), 'Call-ID')).toBe(`INVITE-${transport}`);
  });
});

describe.each(['ws', 'wss'] as const)('over %s', (transport) => {
  test('the answer to a connection that is gone goes nowhere (RFC 7118 5)', async () => {
    const server = await start({ t1Ms: 25 });
    const asked = deferred<Res>();
    await startSrf(server, (app) => app.invite((_req, res) => asked.resolve(res)));
    const listener = await listen(transport);
    const caller = await connectPeer(server, transport);
    caller.send(requestOver(caller, 'INVITE', { port: listener.port }));
    await caller.next(/^SIP\/2\.0 100 /);
    caller.close();
    await expect.poll(async () => (await server.stats()).tcpConnections).toBe(0);
    (await asked.promise).send(486);
    await expect.poll(async () => (await server.stats()).transactions, { timeout: 10_000 }).toBe(0);

    expect(listener.accepted).toBe(0);
  });
});

const PLACES: readonly (readonly [Transport, string])[] = [
  ...(['udp', ...STREAMS] as const).map((transport) => [transport, '127.0.0.1'] as const),
  ...(HAS_IPV6 ? (['udp', ...STREAMS] as const).map((each) => [each, '::1'] as const) : []),
];

test.each(PLACES)(
  'a message over %s is traced with the own address and port: %s',
  async (transport, host) => {
    const captured: CapturedMessage[] = [];
    const server = await start({
      onCapture: ({ buffer, length }) => captured.push(...readCaptureBatch(buffer, length)),
    });
    const peer = await connectPeer(server, transport, host);
    peer.send(requestOver(peer, 'OPTIONS'));
    await peer.next(/^SIP\/2\.0 503 /);
    await expect.poll(() => captured.length).toBe(2);

    for (const { local, remote, transport: by } of captured) {
      expect({ local, by }).toEqual({
        local: { host, port: portOf(server, transport) },
        by: transport,
      });
      expect(remote).toEqual({ host, port: peer.port });
    }
  },
);

describe.each(PLACES.filter(([transport]) => transport !== 'udp'))(
  'the proxy over %s at %s',
  (transport, host) => {
    test('forwards a message of nearly 64 KB and its answer', async () => {
      const server = await start();
      const listener = await listen(transport as (typeof STREAMS)[number], host);
      const target = `sip:callee@${hostText(host)}:${listener.port};transport=${transport}`;
      await startSrf(server, (app) => app.message((req) => void app.proxyRequest(req, target)));
      const caller = await connectPeer(server, transport, host);
      const accepted = listener.next();
      caller.send(requestOver(caller, 'MESSAGE', { body: LARGE_BODY }));
      const callee = await accepted;
      closing.push(() => callee.close());
      const forwarded = await callee.next(/^MESSAGE /);
      expect(forwarded.endsWith(LARGE_BODY)).toBe(true);
      expect(headerOf(forwarded, 'Max-Forwards')).toBe('69');
      callee.send(rawResponse(forwarded, '202 Accepted', { body: LARGE_BODY }));
      const answer = await caller.next(/^SIP\/2\.0 202 /);

      expect(answer.endsWith(LARGE_BODY)).toBe(true);
      expect(answer.match(/^Via:/gm)).toHaveLength(1);
    });
  },
);

describe('two names of one address over TLS', () => {
  async function ask(names: readonly string[]): Promise<readonly [number[], TransportListener]> {
    const dns = await DnsServer.open();
    closing.push(() => dns.close());
    for (const name of ['a.test', 'b.test']) dns.add(name, { type: 'A', data: '127.0.0.1' });
    const server = await start({
      dnsServers: [dns.address],
      tls: { serverAuthorities: authority.cert },
    });
    const srf = await startSrf(server, () => undefined);
    const listener = await listen(
      'tls',
      '127.0.0.1',
      names.map((name) => `dns:${name}`),
    );
    const statuses: number[] = [];
    for (const name of ['a.test', 'b.test']) {
      const uri = `sip:x@${name}:${listener.port};transport=tls`;
      const asking = request(srf, { uri, method: 'OPTIONS' });
      void answerNext(listener, name);
      statuses.push((await asking).status);
    }
    return [statuses, listener];
  }

  let open: TransportPeer | undefined;

  /** Over the first connection, or a new one. */
  async function answerNext(listener: TransportListener, name: string): Promise<void> {
    if (open === undefined) {
      open = await listener.next();
      closing.push(() => {
        open?.close();
        open = undefined;
      });
    }
    const options = await open.next(new RegExp(`^OPTIONS sip:x@${name}`));
    open.send(rawResponse(options, '200 OK'));
  }

  test('share a connection when its certificate is for both (RFC 5923 9)', async () => {
    const [statuses, listener] = await ask(['a.test', 'b.test']);

    expect(statuses).toEqual([200, 200]);
    expect(listener.accepted).toBe(1);
  });

  test('share none when it is for one: the other is not trusted by what is open (RFC 5922 7.2)', async () => {
    const [statuses] = await ask(['a.test']);

    expect(statuses).toEqual([200, 503]);
  });
});
