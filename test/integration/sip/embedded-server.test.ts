import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { headerOf, RawPeer, rawRequest, rawResponse, toTagOf } from '../../support/sip/raw-peer.ts';
import {
  connectSrf,
  type Dlg,
  deferred,
  request,
  type SrfApp,
  sdp,
} from '../../support/sip/srf.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startServer(allow: readonly string[] = ['127.0.0.0/8']): Promise<EmbeddedSipServer> {
  const server = await EmbeddedSipServer.start({ host: '127.0.0.1', port: 0, allow, t1Ms: 50 });
  closing.push(() => server.close());
  return server;
}

async function startSrf(
  server: EmbeddedSipServer,
  prepare?: (srf: SrfApp) => void,
): Promise<SrfApp> {
  const srf = await connectSrf(server, prepare);
  closing.push(() => srf.disconnect());
  return srf;
}

async function openPeer(host?: string): Promise<RawPeer> {
  const peer = await RawPeer.open(host);
  closing.push(() => peer.close());
  return peer;
}

function answering(answered: (dialog: Dlg) => void) {
  return (app: SrfApp) =>
    app.invite(async (req, res) => {
      answered(await app.createUAS(req, res, { localSdp: sdp('callee') }));
    });
}

describe('two embedded servers', () => {
  test.each(['udp', 'tcp'])('carry a call to its end over %s', async (transport) => {
    const [left, right] = [await startServer(), await startServer()];
    const answered = deferred<Dlg>();
    await startSrf(right, answering(answered.resolve));
    const caller = await startSrf(left);

    const uac = await caller.createUAC(`sip:bob@127.0.0.1:${right.port};transport=${transport}`, {
      localSdp: sdp('caller'),
    });
    const uas = await answered.promise;
    expect(uac.id).toBe(uas.id);
    expect(uac.remote.sdp).toBe(sdp('callee'));
    expect(uas.remote.sdp).toBe(sdp('caller'));

    uas.on('info', (_req, res) => res.send(200));
    expect((await uac.request({ method: 'INFO' })).status).toBe(200);
    uac.on('options', (_req, res) => res.send(200));
    expect((await uas.request({ method: 'OPTIONS' })).status).toBe(200);
    expect(await uas.modify(sdp('moved'))).toBe(sdp('caller'));

    const ended = new Promise<void>((resolve) => uac.on('destroy', () => resolve()));
    await uas.destroy();
    await ended;
    const stats = [await left.stats(), await right.stats()];
    expect(stats.map(({ dialogs }) => dialogs)).toEqual([0, 0]);
    expect(stats.map(({ tcpConnections }) => tcpConnections)).toEqual(
      transport === 'tcp' ? [1, 1] : [0, 0],
    );
  });

  test('with a third one between them as a B2BUA connect A to B', async () => {
    const [a, middle, b] = [await startServer(), await startServer(), await startServer()];
    const answered = deferred<Dlg>();
    await startSrf(b, answering(answered.resolve));
    const bridged = deferred<{ uas: Dlg; uac: Dlg }>();
    await startSrf(middle, (app) =>
      app.invite(async (req, res) => {
        const legs = await app.createB2BUA(req, res, `sip:bob@127.0.0.1:${b.port}`, {
          localSdpB: req.body,
        });
        legs.uas.on('destroy', () => legs.uac.destroy());
        bridged.resolve(legs);
      }),
    );
    const caller = await startSrf(a);

    const dialog = await caller.createUAC(`sip:bob@127.0.0.1:${middle.port}`, {
      localSdp: sdp('a'),
    });
    const callee = await answered.promise;
    await bridged.promise;
    expect(dialog.remote.sdp).toBe(sdp('callee'));
    expect(callee.remote.sdp).toBe(sdp('a'));

    const ended = new Promise<void>((resolve) => callee.on('destroy', () => resolve()));
    await dialog.destroy();
    await ended;
  });
});

describe('an embedded server', () => {
  test('answers 503 to a method that no application routed', async () => {
    const server = await startServer();
    await startSrf(server);
    const peer = await openPeer();
    peer.send(rawRequest({ method: 'OPTIONS', from: peer, callId: 'no-route' }), server.port);

    expect(await peer.next(/^SIP\/2.0 503/)).toContain('CSeq: 1 OPTIONS');
  });

  test('gives a source that is not on the list no answer, counts it, and hears it once it is', async () => {
    const server = await startServer(['127.0.0.9']);
    const peer = await openPeer();
    const send = () =>
      peer.send(rawRequest({ method: 'OPTIONS', from: peer, callId: 'unlisted' }), server.port);
    send();
    await expect.poll(async () => (await server.stats()).droppedNotAllowed).toBe(1);
    expect((await server.stats()).requests).toBe(0);

    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'close');
    expect((await server.stats()).droppedNotAllowed).toBe(2);

    server.setAllowed(['127.0.0.0/30']);
    send();
    await peer.next(/^SIP\/2.0 503/);
    expect(peer.received).toEqual([]);
  });

  test('absorbs a retransmitted request and repeats its answer (RFC 3261 17.2.2)', async () => {
    const server = await startServer();
    let seen = 0;
    await startSrf(server, (app) =>
      app.message((_req, res) => {
        seen++;
        res.send(200);
      }),
    );
    const peer = await openPeer();
    const message = rawRequest({ method: 'MESSAGE', from: peer, callId: 'twice' });
    peer.send(message, server.port);
    const first = await peer.next(/^SIP\/2.0 200/);
    peer.send(message, server.port);

    expect(await peer.next(/^SIP\/2.0 200/)).toBe(first);
    expect(seen).toBe(1);
    expect((await server.stats()).retransmissions).toBe(1);
  });

  test('answers 481 in a dialog that it does not know (RFC 3261 12.2.2)', async () => {
    const server = await startServer();
    const peer = await openPeer();
    peer.send(
      rawRequest({ method: 'BYE', from: peer, callId: 'gone', toTag: 'none' }),
      server.port,
    );

    await peer.next(/^SIP\/2.0 481/);
  });

  test('answers 481 in a dialog whose application is gone', async () => {
    const server = await startServer();
    const answered = deferred<Dlg>();
    const srf = await connectSrf(server, answering(answered.resolve));
    const peer = await openPeer();
    peer.send(rawRequest({ method: 'INVITE', from: peer, callId: 'orphan' }), server.port);
    const toTag = toTagOf(await peer.next(/^SIP\/2.0 200/));
    peer.send(rawRequest({ method: 'ACK', from: peer, callId: 'orphan', toTag }), server.port);
    await answered.promise;
    const closed = new Promise<void>((resolve) => srf.on('close', () => resolve()));
    srf.disconnect();
    await closed;
    peer.send(
      rawRequest({ method: 'BYE', from: peer, callId: 'orphan', toTag, sequence: 2 }),
      server.port,
    );

    await peer.next(/^SIP\/2.0 481/);
    expect((await server.stats()).dialogs).toBe(0);
  });

  test('refuses a wrong secret', async () => {
    const server = await startServer();
    const { controlHost, controlPort } = server;
    const wrong = { controlHost, controlPort, secret: 'guess' } as EmbeddedSipServer;

    await expect(connectSrf(wrong)).rejects.toThrow('failed to authenticate');
  });

  test('spreads new requests over the applications, however often each repeats its routes', async () => {
    const server = await startServer();
    const seen: string[] = [];
    for (const name of ['one', 'two']) {
      await startSrf(server, (app) => {
        app.invite((_req, res) => res.send(480));
        app.message((_req, res) => {
          seen.push(name);
          res.send(200);
        });
        app.options((_req, res) => res.send(200));
      });
    }
    const peer = await openPeer();
    for (const callId of ['rr-1', 'rr-2', 'rr-3', 'rr-4']) {
      peer.send(rawRequest({ method: 'MESSAGE', from: peer, callId }), server.port);
      await peer.next(/^SIP\/2.0 200/);
    }

    expect(seen).toEqual(['one', 'two', 'one', 'two']);
  });

  test('reads two messages of one TCP segment and one message of many (RFC 3261 18.3)', async () => {
    const server = await startServer();
    await startSrf(server, (app) => app.options((_req, res) => res.send(200)));
    const from = { host: '127.0.0.1', port: 5_060 } as RawPeer;
    const ask = (callId: string) =>
      rawRequest({ method: 'OPTIONS', from, callId, transport: 'TCP' });
    const socket = connect(server.port, '127.0.0.1');
    closing.push(() => socket.destroy());
    let received = '';
    socket.setNoDelay(true).on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    socket.write(ask('first') + ask('second'));
    await expect.poll(() => received.match(/^SIP\/2.0 200/gm)?.length).toBe(2);
    for (const char of ask('third')) socket.write(char);
    await expect.poll(() => received.match(/^SIP\/2.0 200/gm)?.length).toBe(3);
    received = '';
    socket.write('\r\n\r\n');
    await expect.poll(() => received).toBe('\r\n');

    received = '';
    socket.write(ask('broken').replace('Content-Length: 0', 'Content-Length: -1'));
    await once(socket, 'close');
    expect(received).toMatch(/^SIP\/2.0 400/);
  });

  test('sends a BYE over the connection of a caller whose Contact cannot be resolved (RFC 5626 5.3)', async () => {
    const server = await startServer();
    const answered = deferred<Dlg>();
    await startSrf(server, answering(answered.resolve));
    const from = { host: 'phone.invalid', port: 5_060 } as RawPeer;
    const socket = connect(server.port, '127.0.0.1');
    closing.push(() => socket.destroy());
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    const call = { from, callId: 'named', transport: 'TCP' } as const;
    socket.write(rawRequest({ method: 'INVITE', ...call, body: sdp('caller') }));
    await expect.poll(() => received).toContain('SIP/2.0 200');
    const toTag = toTagOf(received.slice(received.indexOf('SIP/2.0 200')));
    socket.write(rawRequest({ method: 'ACK', ...call, toTag }));
    void (await answered.promise).destroy();

    await expect.poll(() => received).toContain('BYE sip:caller@phone.invalid:5060 SIP/2.0');
  });

  test('says who holds the port when it is taken', async () => {
    const server = await startServer();
    const second = EmbeddedSipServer.start({ host: '127.0.0.1', port: server.port, allow: [] });

    await expect(second).rejects.toThrow(
      `cannot listen for SIP on 127.0.0.1:${server.port}: the port is in use`,
    );
  });

  test('writes the external address into Via and Contact', async () => {
    const server = await EmbeddedSipServer.start({
      host: '127.0.0.1',
      port: 0,
      allow: ['127.0.0.1'],
      externalIp: '203.0.113.7',
    });
    closing.push(() => server.close());
    const srf = await startSrf(server);
    const peer = await openPeer();
    const asking = request(srf, {
      uri: `sip:bob@127.0.0.1:${peer.port}`,
      method: 'OPTIONS',
      headers: { Contact: '<sip:me@localhost>' },
    });
    const options = await peer.next(/^OPTIONS /);
    peer.send(rawResponse(options, '200 OK'), server.port);
    await asking;

    expect(headerOf(options, 'Via')).toContain(`203.0.113.7:${server.port}`);
    expect(headerOf(options, 'Contact')).toBe(`<sip:me@203.0.113.7:${server.port}>`);
  });
});
