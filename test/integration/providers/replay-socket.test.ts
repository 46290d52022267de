import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { TrunklineError } from '../../../src/core/errors.ts';
import { protocolError } from '../../../src/providers/provider-error.ts';
import {
  DEFAULT_REPLAY_SOCKET_LIMITS,
  ReplaySocket,
  type ReplaySocketLimits,
} from '../../../src/providers/replay-socket.ts';

let server: WebSocketServer;
let received: string[];
let onReceived: () => void;

beforeEach(async () => {
  received = [];
  onReceived = () => undefined;
  // A peer that answers no ping.
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
  server.on('connection', (client) =>
    client.on('message', (data: Buffer) => {
      received.push(data.toString());
      onReceived();
    }),
  );
  await once(server, 'listening');
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((closed) => server.close(closed));
});

function open(limits: Partial<ReplaySocketLimits> = {}) {
  const lost = Promise.withResolvers<TrunklineError>();
  const messages: string[] = [];
  const socket = new ReplaySocket(
    {
      source: 'test',
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      headers: {},
      hello: ['hello'],
      limits: { ...DEFAULT_REPLAY_SOCKET_LIMITS, retryDelayMs: 10, ...limits },
    },
    { onOpen: () => undefined, onMessage: (text) => messages.push(text), onLost: lost.resolve },
  );
  return { socket, messages, lost: lost.promise };
}

async function untilReceived(count: number): Promise<void> {
  await new Promise<void>((done) => {
    onReceived = () => {
      if (received.length >= count) done();
    };
    onReceived();
  });
}

describe('a websocket with a log', () => {
  test('a peer that leaves pings unanswered is gone (RFC 6455 5.5.2)', async () => {
    const { lost } = open({ pingIntervalMs: 20 });
    expect(await lost).toMatchObject({ code: 'provider-timeout' });
  });

  test('the greeting goes first on every connection, settled messages go once', async () => {
    const { socket } = open();
    const first = socket.send('one');
    socket.send('two');
    await untilReceived(3);
    socket.settle(first);
    socket.fail(protocolError('test', 'scripted'));
    await untilReceived(5);
    socket.close();
    expect(received).toEqual(['hello', 'one', 'two', 'hello', 'two']);
  });

  test('what is sent once is not sent before there is a connection, nor again', async () => {
    const { socket } = open();
    socket.sendOnce('too early');
    socket.send('one');
    await untilReceived(2);
    socket.sendOnce('now');
    await untilReceived(3);
    socket.fail(protocolError('test', 'scripted'));
    await untilReceived(5);
    socket.close('bye');
    await untilReceived(6);
    expect(received).toEqual(['hello', 'one', 'now', 'hello', 'one', 'bye']);
  });

  test('forgets the oldest beyond its bound, and says which', async () => {
    const { socket } = open({ maxLogBytes: 10 });
    const serials = ['aaaa', 'bbbb', 'cccc'].map((text) => socket.send(text));
    expect(socket.oldestSerial).toBe(serials[1]);
    await untilReceived(3);
    socket.close();
    expect(received).toEqual(['hello', 'bbbb', 'cccc']);
  });

  test('a peer that does not close is cut off', async () => {
    const { socket } = open();
    await untilReceived(1);
    const [client] = server.clients;
    client?.pause();
    const closed = client && once(client, 'close');
    socket.close();
    client?.resume();
    await closed;
    expect(server.clients.size).toBe(0);
  });

  test('a message that is too large ends the connection', async () => {
    const { socket, messages, lost } = open();
    await untilReceived(1);
    for (const client of server.clients) client.send('x'.repeat(2_000_000));
    await untilReceived(2);
    for (const client of server.clients) client.send('x'.repeat(2_000_000));
    expect((await lost).code).toBe('provider-protocol');
    expect(messages).toEqual([]);
    socket.send('after the end');
    socket.close();
  });
});
