import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SipAcceptGate } from '../../../src/io/sip-accept-gate.ts';
import {
  DEFAULT_CONNECTION_LIMITS,
  SipConnections,
  type SipDestination,
} from '../../../src/io/sip-connections.ts';
import { serveSip } from '../../../src/io/sip-listeners.ts';
import { listenOn } from '../../../src/io/sip-sockets.ts';
import { SipStreamChannel } from '../../../src/io/sip-stream-channel.ts';
import type { Endpoint } from '../../../src/sip/endpoint.ts';

const HOST = '127.0.0.1';
const MESSAGE = 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n';

let transport: SipConnections;
let server: Server;
let port: number;
let heard: Endpoint[];
let failed: string[];
let peers: Socket[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  heard = [];
  failed = [];
  peers = [];
  server = createServer();
  port = await listenOn(server, HOST, 0);
  const tls = {
    certificate: undefined,
    clientCertificate: 'none',
    clientAuthorities: undefined,
    serverAuthorities: undefined,
    unverifiedHosts: [],
    allowsWildcards: false,
  } as const;
  const listener = {
    onMessage: (_bytes: Uint8Array, source: Endpoint) => heard.push(source),
    onSendFailed: (transaction: string) => failed.push(transaction),
    dial: (to: SipDestination) =>
      new SipStreamChannel(connect({ host: to.address, port: to.port }), 'connect'),
    certifies: () => false,
  };
  transport = new SipConnections(listener, { ...DEFAULT_CONNECTION_LIMITS, maxConnections: 2 });
  const gate = new SipAcceptGate(() => true);
  serveSip('tcp', [server], { gate, connections: transport, tls, origins: undefined });
});

afterEach(() => {
  for (const peer of peers) peer.destroy();
  transport.close();
  server.close();
  vi.useRealTimers();
});

async function open(): Promise<Socket> {
  const before = heard.length;
  const peer = connect(port, HOST);
  peers.push(peer);
  peer.on('error', () => undefined);
  peer.write(MESSAGE);
  await expect.poll(() => heard.length).toBe(before + 1);
  return peer;
}

function say(peer: Socket): Promise<void> {
  const before = heard.length;
  peer.write(MESSAGE);
  return expect.poll(() => heard.length).toBe(before + 1);
}

describe('too many connections', () => {
  test('end the one that has been quiet for the longest time', async () => {
    const first = await open();
    const second = await open();
    await say(first);
    const closed = once(second, 'close');
    await open();
    await closed;

    expect(transport.size).toBe(2);
    await say(first);
  });

  test('do not keep us from opening one ourselves', async () => {
    await open();
    await open();
    const other = createServer();
    const otherPort = await listenOn(other, HOST, 0);
    const accepted = once(other, 'connection');
    const to = { transport: 'tcp', host: HOST, port: otherPort, connection: undefined } as const;
    transport.send(Buffer.from(MESSAGE), { ...to, address: HOST }, 't');
    const [socket] = (await accepted) as [Socket];

    expect(failed).toEqual([]);
    socket.destroy();
    other.close();
  });
});

test('what is sent after a stream could not be read goes over a new connection', async () => {
  const peer = await open();
  const source = heard[0];
  if (source === undefined) throw new Error('nothing was heard');
  const ended = once(peer.resume(), 'end');
  const other = createServer();
  const otherPort = await listenOn(other, HOST, 0);
  const accepted = once(other, 'connection');
  peer.write('OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n');
  await ended;
  transport.send(Buffer.from(MESSAGE), { ...source, port: otherPort, address: HOST }, undefined);
  const [socket] = (await accepted) as [Socket];

  expect(String((await once(socket, 'data'))[0])).toBe(MESSAGE);
  socket.destroy();
  other.close();
});

describe('a request of ours', () => {
  async function sent(): Promise<{ readonly peer: Socket; readonly close: () => void }> {
    const other = createServer();
    const otherPort = await listenOn(other, HOST, 0);
    const accepted = once(other, 'connection');
    const to = { transport: 'tcp', host: HOST, port: otherPort, connection: undefined } as const;
    transport.send(Buffer.from(MESSAGE), { ...to, address: HOST }, 't');
    const [peer] = (await accepted) as [Socket];
    peers.push(peer);
    await once(peer, 'data');
    return { peer, close: () => other.close() };
  }

  test('fails when the connection breaks before anything is heard (RFC 3261 17.1.4)', async () => {
    const { peer, close } = await sent();
    peer.resetAndDestroy();

    await expect.poll(() => failed).toEqual(['t']);
    close();
  });

  test('does not fail with a connection over which something was heard after it', async () => {
    const { peer, close } = await sent();
    peer.write(MESSAGE);
    await expect.poll(() => heard.length).toBe(1);
    peer.resetAndDestroy();
    await expect.poll(() => transport.size).toBe(0);

    expect(failed).toEqual([]);
    close();
  });

  test('gives up a connection on which nothing is heard for 64*T1: the next one needs a new path', async () => {
    const { peer, close } = await sent();
    vi.advanceTimersByTime(31_000);
    expect(transport.size).toBe(1);
    const closed = once(peer, 'close');
    vi.advanceTimersByTime(8_000);
    await closed;

    expect(transport.size).toBe(0);
    close();
  });
});

describe('a connection that came in', () => {
  async function silent(bytes: string): Promise<Socket> {
    const peer = connect(port, HOST);
    peers.push(peer);
    peer.on('error', () => undefined);
    peer.write(bytes);
    await expect.poll(() => transport.size).toBe(1);
    return peer;
  }

  test.each([
    ['nothing but keep-alives', '\r\n\r\n'],
    ['one octet at a time', 'O'],
    ['nothing', ''],
  ])('ends after 32 s when it brings %s', async (_name, octets) => {
    const peer = await silent(octets);
    const closed = once(peer.resume(), 'close');
    for (let elapsedMs = 0; elapsedMs < 30_000; elapsedMs += 2_000) {
      vi.advanceTimersByTime(2_000);
      peer.write(octets);
      await new Promise(setImmediate);
    }
    expect(transport.size).toBe(1);
    vi.advanceTimersByTime(4_000);
    await closed;
  });

  test('stays for an hour without a word once it has brought a message', async () => {
    const peer = await open();
    vi.advanceTimersByTime(3_598_000);
    await new Promise(setImmediate);
    expect(transport.size).toBe(1);
    const closed = once(peer.resume(), 'close');
    vi.advanceTimersByTime(4_000);
    await closed;
  });
});

describe('a message that comes in pieces', () => {
  test('must be complete within 32 s', async () => {
    const peer = await open();
    peer.write('OPTIONS');
    await say(await open());
    const closed = once(peer, 'close');
    vi.advanceTimersByTime(40_000);

    await closed;
  });

  test('is no reason to drop a stream on which messages end all the time', async () => {
    const peer = await open();
    peer.write('OPT');
    for (let count = 0; count < 4; count++) {
      vi.advanceTimersByTime(20_000);
      const before = heard.length;
      peer.write(`${MESSAGE.slice(3)}OPT`);
      await expect.poll(() => heard.length).toBe(before + 1);
    }

    expect(transport.size).toBe(1);
  });
});

test('a connection is known to be open until it ends', async () => {
  const peer = await open();
  const source = heard[0];
  if (source === undefined) throw new Error('nothing was heard');
  expect(transport.isOpen(source)).toBe(true);
  peer.destroy();

  await expect.poll(() => transport.isOpen(source)).toBe(false);
});
