import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { headerOf, RawPeer, rawRequest } from '../../support/sip/raw-peer.ts';
import { connectSrf, type SrfApp } from '../../support/sip/srf.ts';

const MAX_HOPS = 10;

let server: EmbeddedSipServer;
let caller: RawPeer;
let relay: RawPeer;
let srf: SrfApp;

beforeEach(async () => {
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.0/8'],
    t1Ms: 100,
  });
  [caller, relay] = await Promise.all([RawPeer.open(), RawPeer.open('127.0.0.3')]);
  srf = await connectSrf(server, (app) =>
    app.invite((req) => {
      const target = `sip:again@${relay.host}:${relay.port}`;
      app.proxyRequest(req, target, { followRedirects: false }).catch(() => undefined);
    }),
  );
});

afterEach(async () => {
  srf.disconnect();
  caller.close();
  relay.close();
  await server.close();
});

function call(maxForwards: number): void {
  const uri = `sip:agent@127.0.0.1:${server.port}`;
  const request = rawRequest({ method: 'INVITE', from: caller, callId: 'loop', uri });
  caller.send(request.replace('Max-Forwards: 70', `Max-Forwards: ${maxForwards}`), server.port);
}

/** Sends back what it is sent, as a proxy of the other side would; resolves with the hops that each INVITE had left. */
function sendBack(change: (invite: string, hop: number) => string): readonly string[] {
  const hops: string[] = [];
  const seen = new Set<string>();
  const takeRequest = async (): Promise<void> => {
    const invite = await relay.next(/^INVITE /);
    void takeRequest();
    const branch = headerOf(invite, 'Via');
    if (seen.has(branch)) return;
    seen.add(branch);
    hops.push(headerOf(invite, 'Max-Forwards'));
    if (hops.length > 2 * MAX_HOPS) return;
    const via = `Via: SIP/2.0/UDP ${relay.host}:${relay.port};branch=z9hG4bKhop${hops.length}`;
    const left = `Max-Forwards: ${Number(hops.at(-1)) - 1}`;
    const next = invite.replace(/^Max-Forwards: .*$/m, left).replace('\r\n', `\r\n${via}\r\n`);
    relay.send(change(next, hops.length), server.port);
  };
  const takeAnswer = async (): Promise<void> => {
    const answer = await relay.next(/^SIP\/2\.0 [1-6]/);
    void takeAnswer();
    if (answer.startsWith('SIP/2.0 100')) return;
    relay.send(answer.replace(/^Via: .*\r\n/m, ''), server.port);
  };
  void takeRequest();
  void takeAnswer();
  return hops;
}

describe('a call that goes round', () => {
  test('unchanged is 482 once it comes by with the same target (RFC 3261 16.3 step 4, RFC 5393)', async () => {
    const hops = sendBack((invite) => invite);
    call(70);
    await caller.next(/^SIP\/2\.0 482 /);

    // The first time it was for somebody else.
    expect(hops).toEqual(['69', '67']);
  });

  test('with another target each time ends when its hops are used up: 483, never below 0', async () => {
    const hops = sendBack((invite, hop) =>
      invite.replace(/^INVITE sip:\S+/, `INVITE sip:x${hop}@127.0.0.1:${server.port}`),
    );
    call(MAX_HOPS);
    await caller.next(/^SIP\/2\.0 483 /);

    expect(hops).toEqual(['9', '7', '5', '3', '1']);
  });

  test('is not forwarded at all without a hop left (RFC 3261 16.3 step 3)', async () => {
    const hops = sendBack((invite) => invite);
    call(0);
    await caller.next(/^SIP\/2\.0 483 /);

    expect(hops).toEqual([]);
  });
});
