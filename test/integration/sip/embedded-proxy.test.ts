import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { headerOf, RawPeer, rawRequest, rawResponse, toTagOf } from '../../support/sip/raw-peer.ts';
import {
  connectSrf,
  deferred,
  type ProxyResults,
  type SrfApp,
  sdp,
} from '../../support/sip/srf.ts';

let server: EmbeddedSipServer;
let caller: RawPeer;
let first: RawPeer;
let second: RawPeer;
let srf: SrfApp | undefined;

beforeEach(async () => {
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 25,
  });
  [caller, first, second] = await Promise.all([RawPeer.open(), RawPeer.open(), RawPeer.open()]);
});

afterEach(async () => {
  srf?.disconnect();
  srf = undefined;
  for (const peer of [caller, first, second]) peer.close();
  await server.close();
});

/** An application that proxies every INVITE and REGISTER; resolves with what it hears of the first. */
async function proxyTo(
  targets: string | readonly string[],
  options: object = {},
): Promise<{ readonly results: Promise<ProxyResults> }> {
  const heard = deferred<ProxyResults>();
  srf = await connectSrf(server, (app) => {
    const proxy = (req: Parameters<Parameters<SrfApp['invite']>[0]>[0]) => {
      app.proxyRequest(req, targets, { ...options }).then(heard.resolve, (error) => {
        heard.resolve(Promise.reject(error) as never);
      });
    };
    app.invite(proxy);
    app.register(proxy);
  });
  return { results: heard.promise };
}

function uriOf(peer: RawPeer): string {
  return `sip:callee@${peer.host}:${peer.port}`;
}

function call(callId: string, headers: readonly string[] = []): void {
  const uri = `sip:agent@127.0.0.1:${server.port}`;
  const body = sdp('caller');
  caller.send(
    rawRequest({ method: 'INVITE', from: caller, callId, uri, headers, body }),
    server.port,
  );
}

function reply(
  peer: RawPeer,
  request: string,
  status: string,
  headers: readonly string[] = [],
): void {
  const routes = request.split('\r\n').filter((line) => line.startsWith('Record-Route:'));
  const contact = `Contact: <${uriOf(peer)}>`;
  peer.send(
    rawResponse(request, status, { headers: [...routes, contact, ...headers] }),
    server.port,
  );
}

function inDialog(method: string, answer: string, sequence: number, callId: string): string {
  const routes = answer
    .split('\r\n')
    .filter((line) => line.startsWith('Record-Route:'))
    .reverse()
    .map((line) => line.replace('Record-Route', 'Route'));
  const uri = /<(.*)>/.exec(headerOf(answer, 'Contact'))?.[1] ?? '';
  const toTag = toTagOf(answer);
  return rawRequest({ method, from: caller, callId, sequence, toTag, uri, headers: routes });
}

describe('an application that proxies', () => {
  test('forwards a call, stays in its dialog and hears of the answer (RFC 3261 16.6, 16.7, 16.12)', async () => {
    const { results } = await proxyTo(uriOf(first), { remainInDialog: true });
    call('px-1');
    const invite = await first.next(/^INVITE/);
    expect(invite).toMatch(new RegExp(`^INVITE ${uriOf(first)} SIP/2.0`));
    expect(headerOf(invite, 'Max-Forwards')).toBe('69');
    expect(headerOf(invite, 'Record-Route')).toMatch(
      new RegExp(`^<sip:127.0.0.1:${server.port};lr;`),
    );
    reply(first, invite, '180 Ringing');
    await caller.next(/^SIP\/2.0 180/);
    reply(first, invite, '200 OK');
    const answer = await caller.next(/^SIP\/2.0 200/);
    expect(answer.match(/^Via:/gm)).toHaveLength(1);
    expect((await results).connected).toBe(true);
    expect((await results).responses[0]?.port).toBe(first.port);

    caller.send(inDialog('ACK', answer, 1, 'px-1'), server.port);
    const ack = await first.next(/^ACK/);
    expect(ack).not.toMatch(/^Route:/m);
    caller.send(inDialog('BYE', answer, 2, 'px-1'), server.port);
    const bye = await first.next(/^BYE/);
    reply(first, bye, '200 OK');
    expect(await caller.next(/^SIP\/2.0 200/)).toContain('CSeq: 2 BYE');
    expect((await server.stats()).owned).toBe(0);
  });
});
