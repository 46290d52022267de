import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headerOf, RawPeer, rawRequest, toTagOf } from '../../support/sip/raw-peer.ts';
import { type SipServerUnderTest, startSipServer } from '../../support/sip/sip-server.ts';
import {
  connectSrf,
  type Dlg,
  deferred,
  type Req,
  type SrfApp,
  sdp,
} from '../../support/sip/srf.ts';

let server: SipServerUnderTest;
let peer: RawPeer;
let srf: SrfApp | undefined;

beforeEach(async () => {
  server = await startSipServer({
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

async function answeredCall(callId: string): Promise<{ dialog: Dlg; toTag: string; invite: Req }> {
  const answered = deferred<{ dialog: Dlg; invite: Req }>();
  srf = await connectSrf(server, (app) =>
    app.invite(async (req, res) => {
      const dialog = await app.createUAS(req, res, { localSdp: sdp('agent') });
      answered.resolve({ dialog, invite: req });
    }),
  );
  peer.send(rawRequest({ method: 'INVITE', from: peer, callId, body: sdp('caller') }), server.port);
  const ok = await peer.next(/^SIP\/2.0 200/);
  peer.send(rawRequest({ method: 'ACK', from: peer, callId, toTag: toTagOf(ok) }), server.port);
  return { ...(await answered.promise), toTag: toTagOf(ok) };
}

describe('a call to an application', () => {
  test('gets 100 at once, a 200 with Contact and To tag, and ends with the caller BYE (RFC 3261 13.3.1, 15.1.2)', async () => {
    const { dialog, toTag, invite } = await answeredCall('uas-1');
    const ended = new Promise<string>((resolve) =>
      dialog.on('destroy', (_req, why) => resolve(why)),
    );

    expect(invite.source_address).toBe('127.0.0.1');
    expect(invite.source_port).toBe(peer.port);
    expect(invite.receivedOn).toBe(`127.0.0.1:${server.port}`);
    expect(dialog.id).toBe('uas-1;from-tag=caller');
    expect(dialog.sip.localTag).toBe(toTag);
    expect(await peer.next(/^SIP\/2.0 100/)).toContain('Call-ID: uas-1');

    peer.send(
      rawRequest({ method: 'BYE', from: peer, callId: 'uas-1', sequence: 2, toTag }),
      server.port,
    );
    expect(await peer.next(/^SIP\/2.0 200/)).toContain('CSeq: 2 BYE');
    expect(await ended).toBe('normal release');
    expect((await server.stats())?.dialogs ?? 0).toBe(0);
  });

  test('is ended by the application with a BYE to the Contact of the caller (RFC 3261 15.1.1)', async () => {
    const { dialog } = await answeredCall('uas-2');

    const ending = dialog.destroy();
    const bye = await peer.next(/^BYE /);
    peer.send(bye.replace(/^.*/, 'SIP/2.0 200 OK'), server.port);
    await ending;

    expect(bye).toMatch(new RegExp(`^BYE sip:caller@127.0.0.1:${peer.port} SIP/2.0`));
    expect(headerOf(bye, 'To')).toContain('tag=caller');
    expect((await server.stats())?.dialogs ?? 0).toBe(0);
  });

  test('that is cancelled gets 200 and 487, and the application hears of it (RFC 3261 9.2)', async () => {
    const cancelled = deferred<void>();
    srf = await connectSrf(server, (app) =>
      app.invite((req, res) => {
        req.on('cancel', () => cancelled.resolve());
        res.send(180);
      }),
    );
    const branch = 'z9hG4bK-cancel';
    peer.send(rawRequest({ method: 'INVITE', from: peer, callId: 'uas-3', branch }), server.port);
    await peer.next(/^SIP\/2.0 180/);
    peer.send(rawRequest({ method: 'CANCEL', from: peer, callId: 'uas-3', branch }), server.port);

    expect(await peer.next(/^SIP\/2.0 200/)).toContain('CSeq: 1 CANCEL');
    expect(await peer.next(/^SIP\/2.0 487/)).toContain('CSeq: 1 INVITE');
    await cancelled.promise;
    expect((await server.stats())?.dialogs ?? 0).toBe(0);
  });

  test('whose 200 is never acknowledged ends with a BYE and is reported (RFC 3261 13.3.1.4)', async () => {
    const reason = deferred<string>();
    srf = await connectSrf(server, (app) =>
      app.invite(async (req, res) => {
        const dialog = await app.createUAS(req, res, { localSdp: sdp('agent') });
        dialog.on('destroy', (_req, why) => reason.resolve(why));
      }),
    );
    peer.send(rawRequest({ method: 'INVITE', from: peer, callId: 'uas-4' }), server.port);

    const bye = await peer.next(/^BYE /);
    expect(await reason.promise).toBe('ACK timeout');
    expect(headerOf(bye, 'Reason')).toContain('ACK timeout');
    expect(peer.received.filter((each) => each.startsWith('SIP/2.0 200')).length).toBeGreaterThan(
      3,
    );
  });
});
