import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { headerOf, RawPeer, rawRequest, rawResponse, toTagOf } from '../../support/sip/raw-peer.ts';
import {
  connectSrf,
  type Dlg,
  deferred,
  type Req,
  type Res,
  type SrfApp,
  sdp,
} from '../../support/sip/srf.ts';

let server: EmbeddedSipServer;
let peer: RawPeer;
let srf: SrfApp | undefined;

beforeEach(async () => {
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 25,
  });
  peer = await RawPeer.open();
});

afterEach(async () => {
  srf?.disconnect();
  srf = undefined;
  peer.close();
  await server.close();
});

function call(callId: string, headers: readonly string[]): void {
  const invite = rawRequest({ method: 'INVITE', from: peer, callId, headers, body: sdp('caller') });
  peer.send(invite, server.port);
}

/** A request in the dialog that this response made. */
function within(
  method: string,
  response: string,
  sequence: number,
  headers: readonly string[] = [],
): void {
  const place = { callId: headerOf(response, 'Call-ID'), toTag: toTagOf(response) };
  peer.send(rawRequest({ method, from: peer, ...place, sequence, headers }), server.port);
}

describe('reliable provisional responses', () => {
  test('of an application are repeated until PRACK, which the application sees (RFC 3262 3)', async () => {
    const pracked = deferred<Req>();
    const answer = deferred<() => void>();
    srf = await connectSrf(server, (app) =>
      app.invite((_req, res) => {
        const options = { headers: { Require: '100rel' }, body: sdp('early') };
        const send = res.send.bind(res) as (...args: readonly unknown[]) => void;
        send(183, options, undefined, (prack: Req) => pracked.resolve(prack));
        answer.resolve(() => res.send(200, { body: sdp('agent') }));
      }),
    );
    call('rel-1', ['Supported: 100rel']);
    const first = await peer.next(/^SIP\/2.0 183/);
    const again = await peer.next(/^SIP\/2.0 183/);
    (await answer.promise)();
    within('PRACK', first, 2, [`RAck: ${headerOf(first, 'RSeq')} 1 INVITE`]);
    const ok = await peer.next(/^SIP\/2.0 200 [\s\S]*CSeq: 2 PRACK/);
    const final = await peer.next(/^SIP\/2.0 200 [\s\S]*CSeq: 1 INVITE/);
    within('ACK', final, 1);

    expect(again).toBe(first);
    expect(ok).toContain('Call-ID: rel-1');
    expect((await pracked.promise).get('rack')).toBe(`${headerOf(first, 'RSeq')} 1 INVITE`);
  });

  test('of the network are acknowledged by the application (RFC 3262 4)', async () => {
    srf = await connectSrf(server);
    const dialog = srf.createUAC(`sip:x@127.0.0.1:${peer.port}`, { localSdp: sdp('agent') });
    const invite = await peer.next(/^INVITE /);
    const contact = `Contact: <sip:callee@127.0.0.1:${peer.port}>`;
    const reliable = ['Require: 100rel', 'RSeq: 500', contact];
    peer.send(rawResponse(invite, '183 Progress', { headers: reliable }), server.port);
    const prack = await peer.next(/^PRACK /);
    peer.send(rawResponse(prack, '200 OK'), server.port);
    const final = { headers: [contact], body: sdp('callee') };
    peer.send(rawResponse(invite, '200 OK', final), server.port);
    await peer.next(/^ACK /);

    expect(prack).toMatch(new RegExp(`^PRACK sip:callee@127.0.0.1:${peer.port} SIP/2.0`));
    expect(headerOf(prack, 'RAck')).toBe('500 1 INVITE');
    expect(headerOf(prack, 'CSeq')).toBe('2 PRACK');
    expect((await dialog).remote.sdp).toBe(sdp('callee'));
  });
});

describe('UPDATE', () => {
  test('before the answer reaches the listeners of the INVITE, and the INVITE is answered after it (RFC 3311)', async () => {
    const answer = deferred<() => void>();
    srf = await connectSrf(server, (app) =>
      app.invite((req, res) => {
        const on = req.on.bind(req) as unknown as (
          event: 'update',
          listener: (req: Req, res: Res) => void,
        ) => void;
        on('update', (_update, reply) => reply.send(200));
        res.send(183);
        answer.resolve(() => res.send(200, { body: sdp('agent') }));
      }),
    );
    call('upd-1', []);
    const early = await peer.next(/^SIP\/2.0 183/);
    within('UPDATE', early, 2);
    expect(await peer.next(/^SIP\/2.0 200/)).toContain('CSeq: 2 UPDATE');
    (await answer.promise)();
    const final = await peer.next(/^SIP\/2.0 200/);
    within('ACK', final, 1);

    expect(final).toContain('CSeq: 1 INVITE');
  });
});

describe('session timers', () => {
  async function answered(callId: string, headers: readonly string[]): Promise<[Dlg, string]> {
    const dialog = deferred<Dlg>();
    srf = await connectSrf(server, (app) =>
      app.invite(async (req, res) => {
        dialog.resolve(await app.createUAS(req, res, { localSdp: sdp('agent') }));
      }),
    );
    call(callId, headers);
    const ok = await peer.next(/^SIP\/2.0 200/);
    within('ACK', ok, 1);
    return [await dialog.promise, ok];
  }

  test('that the caller asks for are in the 200, the caller refreshing (RFC 4028 9)', async () => {
    const [, ok] = await answered('tmr-1', ['Supported: timer', 'Session-Expires: 1800']);

    expect(headerOf(ok, 'Session-Expires')).toBe('1800;refresher=uac');
    expect(headerOf(ok, 'Require')).toBe('timer');
  });

  test('of less than 90 s are refused with 422 (RFC 4028 9)', async () => {
    srf = await connectSrf(server, (app) => app.invite((_req, res) => res.send(200)));
    call('tmr-2', ['Supported: timer', 'Session-Expires: 30']);

    expect(headerOf(await peer.next(/^SIP\/2.0 422/), 'Min-SE')).toBe('90');
  });

  test('are asked for in our INVITE (RFC 4028 7.1)', async () => {
    srf = await connectSrf(server);
    const calling = srf.createUAC(`sip:x@127.0.0.1:${peer.port}`, { localSdp: sdp('agent') });
    calling.catch(() => undefined);
    const invite = await peer.next(/^INVITE /);
    peer.send(rawResponse(invite, '486 Busy'), server.port);
    await expect(calling).rejects.toThrow();

    expect(headerOf(invite, 'Session-Expires')).toBe('1800');
    expect(headerOf(invite, 'Supported')).toContain('timer');
  });
});

test('calls of an application that goes away get a BYE', async () => {
  const answered = deferred<Dlg>();
  srf = await connectSrf(server, (app) =>
    app.invite(async (req, res) => {
      answered.resolve(await app.createUAS(req, res, { localSdp: sdp('agent') }));
    }),
  );
  call('gone-1', []);
  const ok = await peer.next(/^SIP\/2.0 200/);
  within('ACK', ok, 1);
  await answered.promise;
  await expect.poll(async () => (await server.stats()).requests).toBeGreaterThan(1);
  srf.disconnect();
  srf = undefined;

  expect(headerOf(await peer.next(/^BYE /), 'Reason')).toContain('Application gone');
});
