import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { headerOf, RawPeer, rawRequest, toTagOf } from '../../support/sip/raw-peer.ts';
import { connectSrf, type SrfApp, sdp } from '../../support/sip/srf.ts';

const STRANGER = '127.0.0.66';
const FLOOD_MS = 3_000;
const JUNK_PER_SECOND = 1_000;

let server: EmbeddedSipServer;
let carrier: RawPeer;
let stranger: RawPeer;
let srf: SrfApp;

beforeEach(async () => {
  server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 100,
  });
  carrier = await RawPeer.open();
  stranger = await RawPeer.open(STRANGER);
  srf = await connectSrf(server, (app) => {
    app.invite(async (req, res) => {
      await app.createUAS(req, res, { localSdp: sdp('agent') });
    });
  });
});

afterEach(async () => {
  srf.disconnect();
  carrier.close();
  stranger.close();
  await server.close();
});

/** A whole call of the carrier; rejects by the test's timeout when it is lost. */
async function call(callId: string): Promise<void> {
  const ofCall = (start: string) => new RegExp(`^${start}[\\s\\S]*Call-ID: ${callId}\r`);
  carrier.send(
    rawRequest({ method: 'INVITE', from: carrier, callId, body: sdp('a') }),
    server.port,
  );
  const toTag = toTagOf(await carrier.next(ofCall('SIP/2.0 200 OK')));
  carrier.send(rawRequest({ method: 'ACK', from: carrier, callId, toTag }), server.port);
  const bye = { method: 'BYE', from: carrier, callId, toTag, sequence: 2 };
  carrier.send(rawRequest(bye), server.port);
  await carrier.next(new RegExp(`^SIP/2.0 200[\\s\\S]*Call-ID: ${callId}\r[\\s\\S]*CSeq: 2 BYE`));
}

/** Junk of the stranger at {@link JUNK_PER_SECOND} beside calls of the carrier. */
async function floodBeside(calls: number): Promise<number> {
  let sent = 0;
  const started = performance.now();
  const flood = setInterval(() => {
    const due = ((performance.now() - started) / 1_000) * JUNK_PER_SECOND;
    for (; sent < due; sent++) {
      const method = sent % 2 === 0 ? 'INVITE' : 'REGISTER';
      stranger.send(rawRequest({ method, from: stranger, callId: `junk-${sent}` }), server.port);
    }
  }, 10);
  for (let index = 0; index < calls; index++) await call(`good-${index}`);
  const restMs = FLOOD_MS - (performance.now() - started);
  if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  clearInterval(flood);
  return sent;
}

describe('a flood of strangers', () => {
  test('gets no answer, costs no call and no memory', async () => {
    const rssBefore = process.memoryUsage.rss();
    const sent = await floodBeside(60);
    const stats = await server.stats();
    expect(sent).toBeGreaterThan(2_000);
    expect(stranger.received).toEqual([]);
    expect(stats.droppedNotAllowed).toBeGreaterThan(0.9 * sent);
    expect(stats.requests).toBe(180);
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(50 * 1_048_576);
  }, 30_000);

  test('in the mode `challenge` gets the answers of its share, and costs no call', async () => {
    server.setChallenge({ realm: 'trunkline', secret: 'secret' });
    await floodBeside(60);
    const stats = await server.stats();
    expect(stranger.received.length).toBeLessThanOrEqual(40);
    for (const answer of stranger.received) expect(answer).toMatch(/^SIP\/2\.0 401 /);
    expect(stats.challenges).toBe(stranger.received.length);
    expect(stats.droppedRate).toBeGreaterThan(1_000);
  }, 30_000);
});

describe('in the mode `challenge` a stranger', () => {
  beforeEach(() => server.setChallenge({ realm: 'trunkline', secret: 'secret' }));

  test('is asked for credentials, which then reach the application', async () => {
    const heard = new Promise<string>((resolve) =>
      srf.message((req, res) => {
        res.send(202);
        resolve(req.get('Authorization'));
      }),
    );
    stranger.send(rawRequest({ method: 'MESSAGE', from: stranger, callId: 'a' }), server.port);
    const challenge = await stranger.next(/^SIP\/2\.0 401 /);
    expect(headerOf(challenge, 'WWW-Authenticate')).toMatch(
      /^Digest realm="trunkline", nonce="[^"]+", algorithm=SHA-256, qop="auth,auth-int"$/,
    );
    const headers = ['Authorization: Digest username="u"'];
    stranger.send(
      rawRequest({ method: 'MESSAGE', from: stranger, callId: 'b', headers }),
      server.port,
    );
    expect(await heard).toBe('Digest username="u"');
  });

  test('is heard for a while once it was let in', async () => {
    server.admitGuest(STRANGER, 60_000);
    stranger.send(
      rawRequest({ method: 'INVITE', from: stranger, callId: 'in', body: sdp('a') }),
      server.port,
    );
    await stranger.next(/^SIP\/2\.0 200 /);
  });
});

test('2,000 connections of strangers are closed at once, and a call is answered as ever', async () => {
  const sockets: Socket[] = [];
  for (let index = 0; index < 2_000; index++) {
    const socket = connect({ host: '127.0.0.1', port: server.port, localAddress: STRANGER });
    socket.on('error', () => undefined);
    sockets.push(socket);
    if (index % 100 === 99) await once(socket, 'close');
  }
  await call('beside');
  await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
  expect((await server.stats()).tcpConnections).toBe(0);
}, 30_000);

test('a source that sends one octet at a time keeps nobody else from calling', async () => {
  const slow = connect({ host: '127.0.0.1', port: server.port, localAddress: '127.0.0.1' });
  await once(slow, 'connect');
  const text = rawRequest({ method: 'INVITE', from: carrier, callId: 'slow', transport: 'TCP' });
  for (const octet of text.slice(0, 200)) slow.write(octet);
  await call('beside-the-slow');
  slow.destroy();
});

function hasSipvicious(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v svmap || command -v sipvicious_svmap'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasSipvicious())('sipvicious (skipped where it is not installed)', () => {
  test.each([
    ['svmap', ['-p']],
    ['svwar', ['-e100-120', '-p']],
    ['svcrack', ['-u100', '-r1-20', '-p']],
  ])(
    '%s finds nothing',
    async (tool, options) => {
      // The tools come from loopback: a carrier elsewhere is the only one that may call.
      const strict = await EmbeddedSipServer.start({
        host: '127.0.0.1',
        port: 0,
        allow: ['192.0.2.1'],
      });
      const at = [...options.slice(0, -1), `${options.at(-1)}${strict.port}`];
      const child = spawn(tool, [...at, '127.0.0.1'], { timeout: 15_000 });
      let output = '';
      child.stdout.on('data', (bytes) => {
        output += bytes;
      });
      child.stderr.on('data', (bytes) => {
        output += bytes;
      });
      await once(child, 'close');
      expect(output).not.toMatch(/\| (?:reqauth|noauth|Trunkline)/i);
      const stats = await strict.stats();
      await strict.close();
      expect(stats.requests).toBe(0);
      expect(stats.droppedNotAllowed).toBeGreaterThan(0);
    },
    30_000,
  );
});
