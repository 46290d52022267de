import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  cseqAfter,
  headerOf,
  RawPeer,
  rawRequest,
  rawResponse,
} from '../../support/sip/raw-peer.ts';
import {
  notEmbedded,
  type SipServerUnderTest,
  startSipServer,
} from '../../support/sip/sip-server.ts';
import {
  connectSrf,
  deferred,
  type Req,
  request,
  type SrfApp,
  sdp,
} from '../../support/sip/srf.ts';

let server: SipServerUnderTest;
let peer: RawPeer;
let srf: SrfApp;

beforeEach(async () => {
  server = await startSipServer({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 50,
  });
  peer = await RawPeer.open();
  srf = await connectSrf(server);
});

afterEach(async () => {
  srf.disconnect();
  peer.close();
  await server.close();
});

function contact(): string {
  return `Contact: <sip:callee@127.0.0.1:${peer.port}>`;
}

describe('a call from an application', () => {
  test('is answered, acknowledged and ended (RFC 3261 13.2.2.4, 15.1.1)', async () => {
    const provisionals: number[] = [];
    const calling = srf.createUAC(
      `sip:callee@127.0.0.1:${peer.port}`,
      { localSdp: sdp('offer'), callingNumber: '15550100', headers: { 'X-Trace': 'one' } },
      { cbProvisional: (res: { status: number }) => provisionals.push(res.status) },
    );
    const invite = await peer.next(/^INVITE /);
    peer.send(rawResponse(invite, '100 Trying'), server.port);
    peer.send(rawResponse(invite, '180 Ringing'), server.port);
    const answer = { headers: [contact()], body: sdp('answer') };
    peer.send(rawResponse(invite, '200 OK', answer), server.port);
    const dialog = await calling;
    const ack = await peer.next(/^ACK /);

    expect(headerOf(invite, 'From')).toMatch(
      new RegExp(`^<?sip:15550100@127.0.0.1:${server.port}>?;tag=`),
    );
    expect(headerOf(invite, 'X-Trace')).toBe('one');
    expect(headerOf(invite, 'Content-Type')).toBe('application/sdp');
    expect(provisionals).toEqual([180]);
    expect(dialog.remote.sdp).toBe(sdp('answer'));
    expect(ack).toMatch(new RegExp(`^ACK sip:callee@127.0.0.1:${peer.port} `));
    expect(headerOf(ack, 'CSeq')).toBe(cseqAfter(invite, 0, 'ACK'));
    expect(headerOf(ack, 'Via')).not.toBe(headerOf(invite, 'Via'));

    peer.send(rawResponse(invite, '200 OK', answer), server.port);
    expect(await peer.next(/^ACK /)).toBe(ack);

    const ending = dialog.destroy();
    const bye = await peer.next(/^BYE /);
    peer.send(rawResponse(bye, '200 OK'), server.port);
    await ending;
    expect(headerOf(bye, 'CSeq')).toBe(cseqAfter(invite, 1, 'BYE'));
    expect((await server.stats())?.dialogs ?? 0).toBe(0);
  });

  test('that is refused is acknowledged by the server on the same branch (RFC 3261 17.1.1.3)', async () => {
    const calling = srf.createUAC(`sip:callee@127.0.0.1:${peer.port}`, { localSdp: sdp('offer') });
    const invite = await peer.next(/^INVITE /);
    peer.send(rawResponse(invite, '486 Busy Here'), server.port);

    await expect(calling).rejects.toMatchObject({ status: 486 });
    const ack = await peer.next(/^ACK /);
    expect(headerOf(ack, 'Via')).toBe(headerOf(invite, 'Via'));
    expect(headerOf(ack, 'To')).toContain('tag=callee');
  });

  test('is cancelled once a provisional response came (RFC 3261 9.1)', async () => {
    const sent = deferred<Req>();
    const calling = srf.createUAC(
      `sip:callee@127.0.0.1:${peer.port}`,
      { localSdp: sdp('offer') },
      { cbRequest: (_error: unknown, req: Req) => sent.resolve(req) },
    );
    const refused = expect(calling).rejects.toMatchObject({ status: 487 });
    const invite = await peer.next(/^INVITE /);
    (await sent.promise).cancel();
    peer.send(rawResponse(invite, '180 Ringing'), server.port);
    const cancel = await peer.next(/^CANCEL /);
    peer.send(rawResponse(cancel, '200 OK'), server.port);
    peer.send(rawResponse(invite, '487 Request Terminated'), server.port);

    await refused;
    await peer.next(/^ACK /);
    expect(headerOf(cancel, 'Via')).toBe(headerOf(invite, 'Via'));
    expect(headerOf(cancel, 'CSeq')).toBe(cseqAfter(invite, 0, 'CANCEL'));
  });

  test('that was answered while the CANCEL was on its way is acknowledged and ended (RFC 3261 9.1)', async () => {
    const sent = deferred<Req>();
    const calling = srf.createUAC(
      `sip:callee@127.0.0.1:${peer.port}`,
      { localSdp: sdp('offer') },
      { cbRequest: (_error: unknown, req: Req) => sent.resolve(req) },
    );
    const invite = await peer.next(/^INVITE /);
    peer.send(rawResponse(invite, '180 Ringing'), server.port);
    (await sent.promise).cancel();
    await peer.next(/^CANCEL /);
    peer.send(
      rawResponse(invite, '200 OK', { headers: [contact()], body: sdp('answer') }),
      server.port,
    );
    const dialog = await calling;
    const reason = new Promise<string>((resolve) =>
      dialog.on('destroy', (_req, why) => resolve(why)),
    );

    await peer.next(/^ACK /);
    await peer.next(/^BYE /);
    expect(await reason).toBe('ACK-BYE due to cancel race condition');
  });

  test('answers a challenge with credentials, the next CSeq and the same Call-ID (RFC 3261 22.2)', async () => {
    const calling = srf.createUAC(`sip:callee@127.0.0.1:${peer.port}`, {
      localSdp: sdp('offer'),
      auth: { username: 'alice', password: 'secret' },
    });
    const first = await peer.next(/^INVITE /);
    const challenge = 'WWW-Authenticate: Digest realm="lab",nonce="abc",algorithm=MD5';
    peer.send(rawResponse(first, '401 Unauthorized', { headers: [challenge] }), server.port);
    await peer.next(/^ACK /);
    const second = await peer.next(/^INVITE /);
    peer.send(
      rawResponse(second, '200 OK', { headers: [contact()], body: sdp('answer') }),
      server.port,
    );
    const dialog = await calling;
    const ack = await peer.next(/^ACK /);

    expect(headerOf(second, 'Call-ID')).toBe(headerOf(first, 'Call-ID'));
    expect(headerOf(second, 'From')).toBe(headerOf(first, 'From'));
    expect(headerOf(second, 'CSeq')).toBe(cseqAfter(first, 1, 'INVITE'));
    expect(headerOf(ack, 'CSeq')).toBe(cseqAfter(first, 1, 'ACK'));
    // RFC 3261 section 13.2.2.4 wants the credentials in the ACK too; drachtio-server leaves them out.
    const inAck = notEmbedded === undefined ? headerOf(second, 'Authorization') : '';
    expect(headerOf(ack, 'Authorization')).toBe(inAck);
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const uri = `sip:callee@127.0.0.1:${peer.port}`;
    const expected = md5(`${md5('alice:lab:secret')}:abc:${md5(`INVITE:${uri}`)}`);
    expect(headerOf(second, 'Authorization')).toContain(`response="${expected}"`);

    const ending = dialog.destroy();
    const bye = await peer.next(/^BYE /);
    expect(headerOf(bye, 'CSeq')).toBe(cseqAfter(first, 2, 'BYE'));
    peer.send(rawResponse(bye, '200 OK'), server.port);
    await ending;
  });

  test('that nobody answers fails with 408 after 64*T1 (RFC 3261 17.1.1.2)', async () => {
    const calling = srf.createUAC(`sip:callee@127.0.0.1:${peer.port}`, { localSdp: sdp('offer') });

    await expect(calling).rejects.toMatchObject({ status: 408 });
    expect(peer.received.filter((each) => each.startsWith('INVITE ')).length).toBeGreaterThan(3);
  });

  test('over TCP to a closed port fails with 503 (RFC 3261 8.1.3.1)', async () => {
    const calling = srf.createUAC('sip:callee@127.0.0.1:1;transport=tcp', {
      localSdp: sdp('offer'),
    });

    await expect(calling).rejects.toMatchObject({ status: 503 });
  });

  test('to the server itself is refused', async () => {
    const calling = srf.createUAC(`sip:me@127.0.0.1:${server.port}`, { localSdp: sdp('offer') });

    await expect(calling).rejects.toThrow('can not send request to myself');
  });

  test.skipIf(notEmbedded)('over a transport that is not there is refused', async () => {
    const calling = srf.createUAC('sip:callee@127.0.0.1;transport=sctp', {
      localSdp: sdp('offer'),
    });

    await expect(calling).rejects.toThrow('requested protocol/transport not available');
  });
});

describe('in the dialog of an outgoing call', () => {
  test('INFO and re-INVITE go both ways (RFC 3261 12.2, 14, RFC 6086)', async () => {
    const calling = srf.createUAC(`sip:callee@127.0.0.1:${peer.port}`, { localSdp: sdp('offer') });
    const invite = await peer.next(/^INVITE /);
    const callId = headerOf(invite, 'Call-ID');
    peer.send(
      rawResponse(invite, '200 OK', { headers: [contact()], body: sdp('answer') }),
      server.port,
    );
    const dialog = await calling;
    await peer.next(/^ACK /);

    const informing = dialog.request({
      method: 'INFO',
      body: 'hello',
      headers: { 'Content-Type': 'text/plain' },
    });
    const info = await peer.next(/^INFO /);
    peer.send(rawResponse(info, '200 OK'), server.port);
    expect((await informing).status).toBe(200);
    expect(info).toMatch(/\r\n\r\nhello$/);

    const modifying = dialog.modify(sdp('second'));
    const reinvite = await peer.next(/^INVITE /);
    peer.send(
      rawResponse(reinvite, '200 OK', { headers: [contact()], body: sdp('accepted') }),
      server.port,
    );
    expect(await modifying).toBe(sdp('accepted'));
    expect(headerOf(await peer.next(/^ACK /), 'CSeq')).toBe(
      headerOf(reinvite, 'CSeq').replace('INVITE', 'ACK'),
    );

    dialog.on('info', (req, res) => res.send(200, { headers: { 'X-Body': req.body } }));
    const swap = (request: string) =>
      request
        .replace(/^From: .*$/m, `From: ${headerOf(info, 'To')}`)
        .replace(/^To: .*$/m, `To: ${headerOf(invite, 'From')}`);
    peer.send(
      swap(rawRequest({ method: 'INFO', from: peer, callId, sequence: 7, body: 'v=0' })),
      server.port,
    );
    expect(headerOf(await peer.next(/^SIP\/2.0 200/), 'X-Body')).toBe('v=0');

    dialog.on('modify', (_req, res) => res.send(200, { body: sdp('modified') }));
    peer.send(
      swap(rawRequest({ method: 'INVITE', from: peer, callId, sequence: 8, body: sdp('move') })),
      server.port,
    );
    const accepted = await peer.next(/^SIP\/2.0 200/);
    expect(accepted).toContain('s=modified');
    expect(headerOf(accepted, 'Contact')).not.toBe('');
    peer.send(swap(rawRequest({ method: 'ACK', from: peer, callId, sequence: 8 })), server.port);

    const ended = new Promise<string>((resolve) =>
      dialog.on('destroy', (_req, why) => resolve(why)),
    );
    peer.send(swap(rawRequest({ method: 'BYE', from: peer, callId, sequence: 9 })), server.port);
    expect(await ended).toBe('normal release');
  });

  test('a BYE that is challenged is sent again with credentials (RFC 3261 22.2)', async () => {
    const calling = srf.createUAC(`sip:callee@127.0.0.1:${peer.port}`, {
      localSdp: sdp('offer'),
      auth: { username: 'alice', password: 'secret' },
    });
    const invite = await peer.next(/^INVITE /);
    peer.send(
      rawResponse(invite, '200 OK', { headers: [contact()], body: sdp('answer') }),
      server.port,
    );
    const dialog = await calling;
    await peer.next(/^ACK /);
    const ending = dialog.destroy();
    const bye = await peer.next(/^BYE /);
    const challenge = 'Proxy-Authenticate: Digest realm="lab",nonce="abc"';
    peer.send(
      rawResponse(bye, '407 Proxy Authentication Required', { headers: [challenge] }),
      server.port,
    );
    const again = await peer.next(/^BYE /);
    peer.send(rawResponse(again, '200 OK'), server.port);
    await ending;

    expect(headerOf(again, 'CSeq')).toBe(cseqAfter(bye, 1, 'BYE'));
    expect(headerOf(again, 'Proxy-Authorization')).toContain('username="alice"');
  });
});

describe('a request outside of a dialog', () => {
  test('brings its response back (RFC 3261 11)', async () => {
    const asking = request(srf, { uri: `sip:callee@127.0.0.1:${peer.port}`, method: 'OPTIONS' });
    const options = await peer.next(/^OPTIONS /);
    peer.send(rawResponse(options, '200 OK', { headers: ['Allow: INVITE'] }), server.port);

    const response = await asking;
    expect(response.get('Allow')).toBe('INVITE');
    expect(response.source_port).toBe(peer.port);
  });
});
