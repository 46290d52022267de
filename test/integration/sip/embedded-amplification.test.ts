import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  EmbeddedSipServer,
  type EmbeddedSipServerOptions,
} from '../../../src/io/embedded-sip-server.ts';
import { DEFAULT_OVERLOAD_LIMITS } from '../../../src/sip/admission/overload.ts';
import { RawPeer, rawRequest } from '../../support/sip/raw-peer.ts';
import { connectSrf, type SrfApp } from '../../support/sip/srf.ts';

const STRANGER = '127.0.0.66';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: Partial<EmbeddedSipServerOptions> = {}): Promise<EmbeddedSipServer> {
  const server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.1'],
    t1Ms: 100,
    ...options,
  });
  closing.push(() => server.close());
  return server;
}

async function startSrf(server: EmbeddedSipServer, prepare: (srf: SrfApp) => void) {
  const srf = await connectSrf(server, prepare);
  closing.push(() => srf.disconnect());
  return srf;
}

async function openRaw(host?: string): Promise<RawPeer> {
  const peer = await RawPeer.open(host);
  closing.push(() => peer.close());
  return peer;
}

function octets(messages: readonly string[]): number {
  return messages.reduce((sum, message) => sum + message.length, 0);
}

/** The shortest request that is one. */
function shortest(method: string, from: RawPeer, branch: string): string {
  return [
    `${method} sip:a SIP/2.0`,
    `v:SIP/2.0/UDP ${from.host}:${from.port};branch=z9hG4bK${branch}`,
    'f:<sip:a>;tag=a',
    't:<sip:a>',
    `i:${branch}`,
    `CSeq:1 ${method}`,
    'm:<sip:a>',
    '',
    '',
  ].join('\r\n');
}

const COUNT = 100;

/** Datagrams whose source may be forged, a hundred of each kind. */
const FORGED: Readonly<Record<string, (from: RawPeer, index: number) => string>> = {
  OPTIONS: (from, index) => rawRequest({ method: 'OPTIONS', from, callId: `o-${index}` }),
  INVITE: (from, index) => rawRequest({ method: 'INVITE', from, callId: `i-${index}` }),
  'the shortest INVITE': (from, index) => shortest('INVITE', from, `${index}`),
  'garbage with a SIP version': (_from, index) => `GARBAGE ${index} SIP/2.0\r\n\r\n`,
  'a request without a Call-ID': (from, index) =>
    shortest('OPTIONS', from, `${index}`).replace(/^i:.*\r\n/m, ''),
  'no SIP at all': (_from, index) => `\0\x01\x02${index}`,
  'CR LF CR LF': () => '\r\n\r\n',
  'a STUN binding request': (_from, index) =>
    `\0\x01\0\0\x21\x12\xa4\x42${String(index).padStart(12, '0')}`,
  'a response': (from, index) =>
    shortest('OPTIONS', from, `${index}`).replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n'),
  'an ACK': (from, index) => shortest('ACK', from, `${index}`),
};

describe.each(Object.keys(FORGED))('a hundred forged datagrams: %s', (kind) => {
  async function provoke(server: EmbeddedSipServer, from: RawPeer) {
    const sent = Array.from({ length: COUNT }, (_, index) => FORGED[kind]?.(from, index) ?? '');
    for (const [index, message] of sent.entries()) {
      from.send(message, server.port);
      if (index % 20 === 19) await new Promise(setImmediate);
    }
    await delay(300);
    return octets(sent);
  }

  test('of strangers get nothing', async () => {
    const server = await start();
    const stranger = await openRaw(STRANGER);
    await provoke(server, stranger);

    expect(stranger.received).toEqual([]);
  });

  test('of strangers that may log in get nothing but 401 within the budget', async () => {
    const server = await start();
    server.setChallenge({ realm: 'trunkline', secret: 'secret' });
    const stranger = await openRaw(STRANGER);
    const sent = await provoke(server, stranger);
    const others = stranger.received.filter((answer) => !answer.startsWith('SIP/2.0 401 '));

    expect(stranger.received.length - others.length).toBeLessThanOrEqual(40);
    expect(octets(others)).toBeLessThanOrEqual(2 * sent);
    expect(others.filter((answer) => answer.startsWith('SIP/'))).toEqual([]);
  });

  test('of a carrier get no more than twice their octets under overload', async () => {
    const server = await start({
      limits: { overload: { ...DEFAULT_OVERLOAD_LIMITS, callsInSetUp: 0 } },
    });
    await startSrf(server, (app) => app.invite(() => undefined));
    const carrier = await openRaw();
    await overload(server, carrier);
    const before = octets(carrier.received);
    const sent = await provoke(server, carrier);
    const answered = octets(carrier.received) - before;

    expect(answered).toBeLessThanOrEqual(2 * sent);
    if (kind === 'INVITE' || kind === 'OPTIONS') expect(answered).toBeGreaterThan(0);
    if (kind === 'a response' || kind === 'an ACK') expect(answered).toBe(0);
  });
});

/** One call that rings for the rest of the test. */
async function overload(server: EmbeddedSipServer, from: RawPeer): Promise<void> {
  from.send(rawRequest({ method: 'INVITE', from, callId: 'ringing' }), server.port);
  await from.next(/^SIP\/2\.0 100 /);
  await expect.poll(async () => (await server.stats()).isOverloaded).toBe(true);
}

describe('an answer goes to the address that asked (RFC 3261 18.2.2)', () => {
  test.each([
    'maddr=127.0.0.66',
    'received=127.0.0.66',
    'ttl=1;maddr=127.0.0.66;received=127.0.0.66',
  ])('whatever its Via says: %s', async (parameters) => {
    const server = await start();
    const carrier = await openRaw();
    const victim = await openRaw(STRANGER);
    const request = rawRequest({ method: 'OPTIONS', from: carrier, callId: 'via' });
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${victim.port};rport;${parameters};branch=z9hG4bKv`;
    carrier.send(request.replace(/^Via: .*$/m, via), server.port);
    await carrier.next(/^SIP\/2\.0 503 /);

    expect(victim.received).toEqual([]);
  });
});
