import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';
import { Deferred } from '../../../src/signaling/deferred.ts';
import type { SignalingHandler } from '../../../src/signaling/signaling.ts';
import { SrfSignaling, type SrfSignalingOptions } from '../../../src/signaling/srf-signaling.ts';
import { dialTarget } from '../../support/sipp/signaling-node.ts';

const IGNORE: SignalingHandler = { onIncoming: () => undefined, onDisconnected: () => undefined };
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(): Promise<EmbeddedSipServer> {
  const server = await EmbeddedSipServer.start({
    host: '127.0.0.1',
    port: 0,
    allow: ['127.0.0.0/8'],
  });
  cleanups.push(() => server.close());
  return server;
}

function createSignaling(options: SrfSignalingOptions): SrfSignaling {
  const signaling = new SrfSignaling(options);
  cleanups.push(() => signaling.close());
  return signaling;
}

/** Forwards to the SIP server until it is cut. */
class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(toPort: number) {
    this.#server = createServer((socket) => {
      const onward = connect(toPort, '127.0.0.1');
      for (const end of [socket, onward]) {
        this.#sockets.add(end);
        // The other end was cut: nothing to do.
        end.on('error', () => undefined);
      }
      socket.pipe(onward).pipe(socket);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    cleanups.push(async () => {
      this.cut();
      this.#server.close();
    });
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

describe('connection to the SIP server', () => {
  test('tells the addresses and the version', async () => {
    const server = await startServer();
    const { controlHost: host, controlPort: port, secret } = server;
    const addresses = await createSignaling({ host, port, secret }).start(IGNORE);

    expect(addresses.hostports).toContain(`udp/127.0.0.1:${server.port}`);
    expect(addresses.hostports).toContain(`tcp/127.0.0.1:${server.port}`);
    expect(addresses.serverVersion).toMatch(/^v\d+\.\d+\.\d+/);
  });

  test('a wrong secret is a clear error', async () => {
    const { controlHost: host, controlPort: port } = await startServer();
    const started = createSignaling({ host, port, secret: 'wrong' }).start(IGNORE);

    await expect(started).rejects.toThrow(/SIP server at 127\.0\.0\.1:\d+: failed to authenticate/);
  });

  test('nobody there is a clear error', async () => {
    const started = createSignaling({ host: '127.0.0.1', port: 9, secret: 's' }).start(IGNORE);

    await expect(started).rejects.toThrow(/SIP server at 127\.0\.0\.1:9: .*ECONNREFUSED/);
  });

  test('lost, it is told once and made anew', async () => {
    const server = await startServer();
    const relay = new Relay(server.controlPort);
    const port = await relay.listen();
    const losses: Error[] = [];
    const lost = new Deferred<void>();
    const back = new Deferred<void>();
    const signaling = createSignaling({
      host: '127.0.0.1',
      port,
      secret: server.secret,
      logger: { info: () => back.resolve(), warn: () => undefined, error: () => undefined },
    });
    await signaling.start({
      ...IGNORE,
      onDisconnected: (error) => {
        losses.push(error);
        lost.resolve();
      },
    });

    relay.cut();
    await lost.promise;
    expect(await dialNobody(signaling)).toBe('not connected to the SIP server');
    await back.promise;

    expect(losses).toHaveLength(1);
    // The server's answer now, not ours.
    expect(await dialNobody(signaling)).not.toBe('not connected to the SIP server');
  });
});

/** The reason of the failure of a call to a port where nobody is. */
function dialNobody(signaling: SrfSignaling): Promise<string> {
  return new Promise((resolve) => {
    signaling.dial(
      {
        targets: [dialTarget({ host: '127.0.0.1', port: 9 }, { transport: 'tcp' })],
        localSdp: 'v=0\r\n',
      },
      {
        onProvisional: () => undefined,
        onAnswered: () => resolve('answered'),
        onFailed: (_status, reason) => resolve(reason),
      },
    );
  });
}
