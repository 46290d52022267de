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

  test('tries one after the other and hears of each (RFC 3261 16.6, 16.7)', async () => {
    const { results } = await proxyTo([uriOf(first), uriOf(second)]);
    call('px-2');
    reply(first, await first.next(/^INVITE/), '486 Busy Here');
    const invite = await second.next(/^INVITE/);
    expect(invite).not.toMatch(/^Record-Route:/m);
    reply(second, invite, '404 Not Found');
    expect(await caller.next(/^SIP\/2.0 [^1]/)).toContain('SIP/2.0 486');
    const heard = await results;
    expect(heard.connected).toBe(false);
    expect(heard.responses.flatMap(({ msgs }) => msgs.map(({ status }) => status))).toEqual([
      486, 404,
    ]);
    await first.next(/^ACK/);
    await second.next(/^ACK/);
  });

  test('tries all at once, and cancels the others once one has answered (RFC 3261 16.7 step 10)', async () => {
    const { results } = await proxyTo([uriOf(first), uriOf(second)], { forking: 'simultaneous' });
    call('px-3');
    const [one, two] = await Promise.all([first.next(/^INVITE/), second.next(/^INVITE/)]);
    reply(first, one, '180 Ringing');
    await caller.next(/^SIP\/2.0 180/);
    reply(second, two, '200 OK');
    await caller.next(/^SIP\/2.0 200/);
    const cancel = await first.next(/^CANCEL/);
    reply(first, cancel, '200 OK');
    reply(first, one, '487 Request Terminated');
    await first.next(/^ACK/);
    expect(await results).toMatchObject({ connected: true, finalStatus: 200 });
  });

  test('goes past a target that is silent for provisionalTimeout', async () => {
    const { results } = await proxyTo([uriOf(first), uriOf(second)], {
      provisionalTimeout: '60ms',
    });
    call('px-4');
    await first.next(/^INVITE/);
    reply(second, await second.next(/^INVITE/), '200 OK');
    await caller.next(/^SIP\/2.0 200/);
    expect((await results).responses.map(({ port }) => port)).toEqual([second.port]);
  });

  test('follows a redirection when asked to, and hands it back when not (RFC 3261 16.7 step 4)', async () => {
    const { results } = await proxyTo(uriOf(first), { followRedirects: true });
    call('px-5');
    const moved = rawResponse(await first.next(/^INVITE/), '302 Moved Temporarily', {
      headers: [`Contact: <${uriOf(second)}>`],
    });
    first.send(moved, server.port);
    const invite = await second.next(/^INVITE/);
    expect(invite).toMatch(new RegExp(`^INVITE ${uriOf(second)} `));
    reply(second, invite, '200 OK');
    await caller.next(/^SIP\/2.0 200/);
    expect((await results).connected).toBe(true);

    srf?.disconnect();
    const again = await proxyTo(uriOf(first));
    call('px-6');
    await first.next(/^ACK/);
    first.send(
      rawResponse(await first.next(/^INVITE/), '302 Moved Temporarily', {
        headers: [`Contact: <${uriOf(second)}>`],
      }),
      server.port,
    );
    expect(await caller.next(/^SIP\/2.0 302/)).toContain(`Contact: <${uriOf(second)}>`);
    expect((await again.results).finalStatus).toBe(302);
  });

  test('sends the retry with credentials to the target that asked for them', async () => {
    await proxyTo([uriOf(first), uriOf(second)]);
    call('px-7');
    const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n7"';
    reply(first, await first.next(/^INVITE/), '401 Unauthorized', [challenge]);
    expect(await caller.next(/^SIP\/2.0 401/)).toContain(challenge);
    srf?.disconnect();
    await proxyTo(uriOf(second));
    call('px-7b', ['Authorization: Digest username="u", realm="r", nonce="n7", response="x"']);
    expect(await first.next(/^INVITE/)).toContain('Authorization: Digest username="u"');
  });

  test('passes the CANCEL of the caller on (RFC 3261 16.10)', async () => {
    const { results } = await proxyTo(uriOf(first));
    const uri = `sip:agent@127.0.0.1:${server.port}`;
    const branch = 'z9hG4bK-px-8';
    const start = { from: caller, callId: 'px-8', uri, branch };
    caller.send(rawRequest({ method: 'INVITE', ...start }), server.port);
    const invite = await first.next(/^INVITE/);
    reply(first, invite, '180 Ringing');
    await caller.next(/^SIP\/2.0 180/);
    caller.send(rawRequest({ method: 'CANCEL', ...start }), server.port);
    reply(first, await first.next(/^CANCEL/), '200 OK');
    reply(first, invite, '487 Request Terminated');
    await caller.next(/^SIP\/2.0 487/);
    expect((await results).finalStatus).toBe(487);
  });

  test('adds a Path to a REGISTER (RFC 3327)', async () => {
    const { results } = await proxyTo(uriOf(first), { path: true });
    const uri = `sip:127.0.0.1:${server.port}`;
    caller.send(rawRequest({ method: 'REGISTER', from: caller, callId: 'px-9', uri }), server.port);
    const register = await first.next(/^REGISTER/);
    expect(headerOf(register, 'Path')).toBe(`<sip:127.0.0.1:${server.port};lr>`);
    expect(headerOf(register, 'Require')).toBe('path');
    reply(first, register, '200 OK');
    await caller.next(/^SIP\/2.0 200/);
    expect((await results).finalStatus).toBe(200);
  });

  test('hears when there is nothing to send to, and the caller gets 500', async () => {
    const { results } = await proxyTo('tel:+4930123');
    call('px-10');
    await expect(results).rejects.toBe('error proxying request to ');
    await caller.next(/^SIP\/2.0 500/);
  });

  test('may go away: its call is forwarded all the same', async () => {
    await proxyTo(uriOf(first), { remainInDialog: true });
    call('px-11');
    const invite = await first.next(/^INVITE/);
    srf?.disconnect();
    srf = undefined;
    while ((await server.stats()).owned > 0) await new Promise(setImmediate);
    reply(first, invite, '200 OK');
    const answer = await caller.next(/^SIP\/2.0 200/);
    caller.send(inDialog('ACK', answer, 1, 'px-11'), server.port);
    await first.next(/^ACK/);
  });
});
