import { beforeEach, describe, expect, test, vi } from 'vitest';
import { EmbeddedSipServer } from '../../../src/io/embedded-sip-server.ts';

const { FakeWorker, threads } = await vi.hoisted(async () => {
  const { EventEmitter } = await import('node:events');
  const started: InstanceType<typeof Fake>[] = [];
  class Fake extends EventEmitter {
    readonly posted: unknown[] = [];

    constructor() {
      super();
      started.push(this);
    }

    postMessage(message: unknown): void {
      this.posted.push(message);
    }

    terminate(): Promise<number> {
      return Promise.resolve(1);
    }
  }
  return { FakeWorker: Fake, threads: started };
});

vi.mock('node:worker_threads', () => ({ Worker: FakeWorker }));

const OPTIONS = { host: '127.0.0.1', port: 0, allow: ['127.0.0.1'] };

function thread(): InstanceType<typeof FakeWorker> {
  const latest = threads.at(-1);
  if (latest === undefined) throw new Error('no thread was started');
  return latest;
}

async function start(onError?: (error: Error) => void): Promise<EmbeddedSipServer> {
  const starting = EmbeddedSipServer.start(
    onError === undefined ? OPTIONS : { ...OPTIONS, onError },
  );
  thread().emit('message', {
    type: 'started',
    port: 5_060,
    ports: {},
    controlPort: 9,
    addresses: ['127.0.0.1'],
  });
  return await starting;
}

beforeEach(() => {
  threads.length = 0;
});

describe('EmbeddedSipServer', () => {
  test('reports a thread that ends by itself, once, with its cause', async () => {
    const errors: Error[] = [];
    const server = await start((error) => errors.push(error));
    const cause = new Error('broken');
    const waiting = server.stats();
    thread().emit('error', cause);
    thread().emit('exit', 1);

    expect(errors.map((error) => [error.message, error.cause])).toEqual([
      ['the SIP thread ended with code 1', cause],
    ]);
    await expect(waiting).rejects.toThrow('the SIP thread ended');
    await expect(server.stats()).rejects.toThrow('the SIP server is closed');
    await server.close();
  });

  test('says nothing of a thread that ends because it was asked to', async () => {
    const errors: Error[] = [];
    const server = await start((error) => errors.push(error));
    const closing = server.close();
    thread().emit('exit', 0);
    await closing;

    expect(thread().posted).toEqual([{ type: 'close' }]);
    expect(errors).toEqual([]);
  });

  test('does not start with the reason that the thread gives', async () => {
    const starting = EmbeddedSipServer.start(OPTIONS);
    thread().emit('message', { type: 'failed', message: 'cannot listen for SIP on x' });

    await expect(starting).rejects.toThrow('cannot listen for SIP on x');
  });

  test('refuses a list with an entry that is no address, before the thread sees it', async () => {
    await expect(EmbeddedSipServer.start({ ...OPTIONS, allow: ['nobody'] })).rejects.toThrow(
      'nobody',
    );
    expect(threads).toEqual([]);
    const server = await start();

    expect(() => server.setAllowed(['10.0.0.0/8', 'nobody'])).toThrow('nobody');
    server.setAllowed(['10.0.0.0/8']);
    expect(thread().posted).toEqual([{ type: 'set-allowed', cidrs: ['10.0.0.0/8'] }]);
  });
});
