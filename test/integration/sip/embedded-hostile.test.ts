import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { RawPeer, rawRequest, toTagOf } from '../../support/sip/raw-peer.ts';
import { connectSrf, type Req, type SrfApp, sdp } from '../../support/sip/srf.ts';

let server: EmbeddedSipServer;
let peer: RawPeer;
let srf: SrfApp;
const seen: Req[] = [];
const failures: Error[] = [];

beforeEach(async () => {
  seen.length = 0;
  failures.length = 0;
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 25,
    onError: (error) => failures.push(error),
  });
  peer = await RawPeer.open();
  srf = await connectSrf(server, (app) => {
    app.invite(async (req, res) => {
      seen.push(req);
      await app.createUAS(req, res, { localSdp: sdp('agent') });
    });
    app.options((_req, res) => res.send(200));
  });
});

afterEach(async () => {
  srf.disconnect();
  peer.close();
  await server.close();
});

function mutations(message: string): string[] {
  const tokens = ['\0', '"', '<', '>', ';', ',', '\r\n', '\r\n ', '|', '#', '%00', '\xff', ''];
  return Array.from({ length: 600 }, (_, index) => {
    const at = (index * 7_919) % message.length;
    return `${message.slice(0, at)}${tokens[index % tokens.length]}${message.slice(at + (index % 3))}`;
  });
}

async function heard(): Promise<number> {
  const { malformed, requests, responses } = await server.stats();
  return malformed + requests + responses;
}

test('damaged INVITEs are answered or dropped, and the next call is answered as ever', async () => {
  const invite = rawRequest({ method: 'INVITE', from: peer, callId: 'x' });
  for (const [index, text] of mutations(invite).entries()) {
    peer.send(text.replace('Call-ID: x', `Call-ID: x${index}`), server.port);
    // No more at once than a socket buffer holds: each one must be seen.
    if (index % 50 === 49) await expect.poll(heard).toBe(index + 1);
  }
  peer.send(rawRequest({ method: 'OPTIONS', from: peer, callId: 'alive' }), server.port);
  for (let answer = ''; !answer.includes('Call-ID: alive'); )
    answer = await peer.next(/^SIP\/2.0 200/);

  const stats = await server.stats();
  expect(stats.malformed).toBeGreaterThan(50);
  expect(await heard()).toBe(601);
  expect(seen.length).toBeGreaterThan(50);
  expect(failures).toEqual([]);
});

test('500 calls at once are all answered and leave nothing behind', async () => {
  const calls = Array.from({ length: 500 }, (_, index) => `call-${index}`);
  for (const callId of calls) {
    peer.send(rawRequest({ method: 'INVITE', from: peer, callId, body: sdp('a') }), server.port);
    if (calls.indexOf(callId) % 50 === 49) await peer.next(/^SIP\/2.0 100/);
  }
  const answered = new Set<string>();
  while (answered.size < calls.length) {
    const ok = await peer.next(/^SIP\/2.0 200 [\s\S]*CSeq: 1 INVITE/);
    const callId = /^Call-ID: (.*)\r$/m.exec(ok)?.[1] ?? '';
    const toTag = toTagOf(ok);
    peer.send(rawRequest({ method: 'ACK', from: peer, callId, toTag }), server.port);
    if (answered.has(callId)) continue;
    answered.add(callId);
    peer.send(rawRequest({ method: 'BYE', from: peer, callId, toTag, sequence: 2 }), server.port);
  }

  await expect.poll(async () => (await server.stats()).transactions, { timeout: 10_000 }).toBe(0);
  const stats = await server.stats();
  expect([stats.dialogs, stats.pendingTimers]).toEqual([0, 0]);
  expect(failures).toEqual([]);
});
