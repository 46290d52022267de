import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { DnsServer } from '../../support/dns/dns-server.ts';
import { headerOf, RawPeer, rawResponse } from '../../support/sip/raw-peer.ts';
import { connectSrf, request, type SrfApp, sdp } from '../../support/sip/srf.ts';

let dns: DnsServer;
let server: EmbeddedSipServer;
let srf: SrfApp;
let first: RawPeer;
let second: RawPeer;

beforeEach(async () => {
  dns = await DnsServer.open();
  first = await RawPeer.open('127.0.0.2');
  second = await RawPeer.open('127.0.0.3');
  dns
    .add('_sip._udp.carrier.test', { type: 'SRV', data: `10 0 ${first.port} a.carrier.test` })
    .add('_sip._udp.carrier.test', { type: 'SRV', data: `20 0 ${second.port} b.carrier.test` })
    .add('a.carrier.test', { type: 'A', data: '127.0.0.2' })
    .add('b.carrier.test', { type: 'A', data: '127.0.0.3' });
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.0/8'],
    t1Ms: 25,
    dnsServers: [dns.address],
  });
  srf = await connectSrf(server);
});

afterEach(async () => {
  srf.disconnect();
  first.close();
  second.close();
  await server.close();
  dns.close();
});

function options(host: string): Promise<{ readonly status: number }> {
  return request(srf, { method: 'OPTIONS', uri: `sip:${host}`, headers: {} });
}

describe('the application notices nothing of', () => {
  test('an address that refuses with 503 (RFC 3263 4.3)', async () => {
    const calling = srf.createUAC('sip:callee@carrier.test', { localSdp: sdp('offer') });
    const refused = await first.next(/^INVITE /);
    first.send(rawResponse(refused, '503 Service Unavailable'), server.port);
    await first.next(/^ACK /);
    const invite = await second.next(/^INVITE /);
    const contact = `Contact: <sip:callee@127.0.0.3:${second.port}>`;
    const answer = rawResponse(invite, '200 OK', { headers: [contact], body: sdp('answer') });
    second.send(answer, server.port);
    await second.next(/^ACK /);
    const dialog = await calling;

    expect(headerOf(invite, 'Call-ID')).toBe(headerOf(refused, 'Call-ID'));
    expect(headerOf(invite, 'Via')).not.toBe(headerOf(refused, 'Via'));
    expect(dialog.remote.sdp).toContain('s=answer');
    expect(first.received).toEqual([]);
  });

  test('an address that is silent, which is then tried last (RFC 3263 4.3)', async () => {
    const asking = options('carrier.test');
    await first.next(/^OPTIONS /);
    second.send(rawResponse(await second.next(/^OPTIONS /), '200 OK'), server.port);
    expect((await asking).status).toBe(200);
    const heardByFirst = first.received.length;
    const again = options('carrier.test');
    second.send(rawResponse(await second.next(/^OPTIONS /), '200 OK'), server.port);
    expect((await again).status).toBe(200);
    expect(first.received).toHaveLength(heardByFirst);
  });
});

test('a name that DNS does not know fails alone', async () => {
  dns.fail('silent.test', 'silence');
  const lost = options('silent.test');
  const asking = options('carrier.test');
  first.send(rawResponse(await first.next(/^OPTIONS /), '204 No Notification'), server.port);
  expect((await asking).status).toBe(204);
  expect((await options('unknown.test')).status).toBe(503);
  expect([408, 503]).toContain((await lost).status);
});

test('a request that waits for DNS is told as such, then sent', async () => {
  dns.fail('a.carrier.test', { lateMs: 50 });
  const asking = options('carrier.test');
  first.send(rawResponse(await first.next(/^OPTIONS /), '200 OK'), server.port);
  expect((await asking).status).toBe(200);
});

test('calls to names that DNS is silent, late or talks nonsense about hold up no other call', async () => {
  dns.fail('silent.test', 'silence').fail('odd.test', 'garbage').fail('late.test', { lateMs: 500 });
  dns.add('late.test', { type: 'A', data: '127.0.0.2' });
  const lost = ['silent.test', 'odd.test', 'late.test'].map((host) =>
    srf.createUAC(`sip:x@${host}:9`, { localSdp: sdp('offer') }).catch(() => 'failed'),
  );
  const startedAtMs = performance.now();
  for (let call = 0; call < 5; call += 1) {
    const calling = srf.createUAC(`sip:callee@b.carrier.test:${second.port}`, {
      localSdp: sdp('offer'),
    });
    const invite = await second.next(/^INVITE /);
    const contact = `Contact: <sip:callee@127.0.0.3:${second.port}>`;
    const answer = rawResponse(invite, '200 OK', { headers: [contact], body: sdp('answer') });
    second.send(answer, server.port);
    await calling;
  }
  const elapsedMs = performance.now() - startedAtMs;
  expect(await Promise.all(lost)).toEqual(['failed', 'failed', 'failed']);

  // Behind the silence each of them would wait for a second at least.
  expect(elapsedMs).toBeLessThan(4_000);
});
